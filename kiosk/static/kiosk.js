/* The kiosk: one screen at a time, one visitor at a time; everything it knows comes from the HTTP API. */
(function () {
  'use strict';

  const IDLE_MS = 20000;          // left alone that long, the kiosk forgets its visitor
  const EXIT_MS = 5000;           // at the exit the next person is already walking
  const SCAN_PAUSE_MS = 150;      // a scanner types faster than this, a finger slower
  const LINK_PAUSE_MS = 900;      // a slow scanner in the middle of a link gets this long
  const TRY_MS = 8000;
  const PAUSES_MS = [1000, 2000, 3000, 5000];
  const TILES = 8;                // with a keypad six: more, and the guidance desk, have a key too
  const PRIORITIES = ['elderly', 'disabled', 'pregnant', 'merit'];
  const NEEDS = ['text', 'time', 'guide', 'wheelchair'];
  const LENGTHS = { code: 10, phone: 11, last: 4, person: 11 };
  const ICONS = { enter: 'enter', already_in: 'enter', exit: 'enter', wait_outside: 'wait', come_back: 'wait', too_early: 'wait' };

  const data = document.body.dataset;
  const api = '/api/v1/offices/' + encodeURIComponent(data.office);
  const exiting = data.mode === 'exit';
  const texts = JSON.parse(document.getElementById('texts').textContent);
  const $ = function (id) { return document.getElementById(id); };

  let lang = 'vi';
  let screen = '';
  let turn = 0;                   // moves with every visitor: late answers for the one before are dropped
  let idleTimer = 0;
  let idleEnds = 0;
  let office = null;
  let services = [];
  let board = null;
  let boardLost = false;
  let visitor = empty();
  let task = null;                // the request under way, kept with its id so that it can be tried again
  let shown = null;               // the answer on the result screen

  function empty() {
    return { code: '', typing: 'code', phone: '', card: '', name: '', field: null, choosing: 'fields', page: 0, chosen: [], party: 1, priority: '', needs: [], saysBooked: '', back: [] };
  }

  // Words and small parts

  function t(key, facts) {
    let text = texts[lang][key] || key;
    Object.keys(facts || {}).forEach(function (name) { text = text.replace('{' + name + '}', facts[name]); });
    return text;
  }

  function named(thing, field) { return thing[(field || 'name') + '_' + lang] || thing[(field || 'name') + '_vi'] || ''; }

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  }

  function button(className, text, act) {
    const element = make('button', className, text);
    element.type = 'button';
    element.addEventListener('click', act);
    return element;
  }

  function clock(when) {
    return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: data.zone }).format(new Date(when));
  }

  function day(when) {
    const options = { weekday: 'long', day: '2-digit', month: '2-digit', timeZone: data.zone };
    return new Intl.DateTimeFormat(lang === 'vi' ? 'vi-VN' : 'en-GB', options).format(new Date(when));
  }

  function grouped(code) { return code.slice(0, 4) + (code.length > 4 ? ' ' + code.slice(4, 7) : '') + (code.length > 7 ? ' ' + code.slice(7) : ''); }

  function freshId() {            // randomUUID is missing on plain http, where many kiosks live
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, function (b) { return b.toString(16).padStart(2, '0'); }).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  // Screens

  function show(name) {
    screen = name;
    document.querySelectorAll('[data-screen]').forEach(function (section) { section.hidden = section.dataset.screen !== name; });
    const first = name === 'start' || name === 'exit';
    $('back').hidden = first || !visitor.back.length || name === 'working' || name === 'result';
    $('home').hidden = first || name === 'working' || name === 'result' || name === 'signed_out';
    document.body.dataset.now = name;
    $('tools').hidden = name === 'signed_out';
    $('party-of-one').hidden = !visitor.name;
    $('party-of-one').textContent = visitor.name;
    if (name === 'code') { openCamera(); } else { closeCamera(); }
    translate();
    wake();
    const heading = document.querySelector('[data-screen="' + name + '"] h1');
    if (heading) { heading.focus({ preventScroll: true }); }
    window.scrollTo(0, 0);
    document.querySelector('main').scrollTop = 0;
    speak();
  }

  function go(name) {
    visitor.back.push([screen, visitor.choosing]);
    show(name);
  }

  function goBack() {
    const last = visitor.back.pop();
    if (!last) { start(); return; }
    visitor.choosing = last[1];
    visitor.page = 0;
    show(last[0]);
  }

  function start() {
    turn += 1;
    visitor = empty();
    task = null;
    shown = null;
    lang = 'vi';
    second = false;
    sound.stop();
    speaking = false;
    delete document.body.dataset.said;
    document.body.classList.remove('large', 'contrast', 'speaking');
    ['slip', 'answers', 'chosen', 'tiles'].forEach(function (id) { $(id).textContent = ''; });
    ['headline', 'message', 'noted', 'code', 'again', 'countdown', 'party-of-one'].forEach(function (id) { $(id).textContent = ''; });
    show(exiting ? 'exit' : 'start');
  }

  function translate() {
    document.documentElement.lang = lang;
    document.title = t('title') + ' · ' + document.querySelector('.office').dataset[lang];
    document.querySelector('.office').textContent = document.querySelector('.office').dataset[lang];
    $('language').textContent = lang === 'vi' ? 'English' : 'Tiếng Việt';
    $('language').lang = lang === 'vi' ? 'en' : 'vi';
    document.querySelectorAll('[data-t]').forEach(function (element) { element.textContent = t(element.dataset.t); });
    paintBoard();
    paintTools();
    if (screen === 'code') { paintCode(); }
    if (screen === 'check') { paintCheck(); }
    if (screen === 'choose') { paintChoice(); }
    if (screen === 'confirm') { paintConfirm(); }
    if (screen === 'result') { paintResult(); }
  }

  function wake() {
    clearTimeout(idleTimer);
    if (screen === 'working' || screen === 'signed_out') { idleEnds = 0; return; }
    const rest = exiting && screen === 'result' ? EXIT_MS : speaking ? 4 * IDLE_MS : IDLE_MS;
    idleEnds = Date.now() + rest;
    idleTimer = setTimeout(start, rest);
  }

  function tick() {
    // Until the service has said its time there is none: this machine's own may be wrong.
    $('clock').textContent = board ? clock(Date.now() + skew) : '';
    const left = Math.max(0, Math.ceil((idleEnds - Date.now()) / 1000));
    $('countdown').textContent = screen === 'result' && idleEnds ? t('back_in', { count: left }) : '';
  }

  // How full it is, and whether the service answers at all

  let skew = 0;

  function askBoard() {
    fetch(api + '/board', { credentials: 'same-origin', cache: 'no-store' }).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.json();
    }).then(function (state) {
      board = state;
      boardLost = false;
      skew = new Date(state.at).getTime() - Date.now();
      tick();
      if (!office || !services.length) { learn(); }
    }).catch(function () { boardLost = true; }).then(paintBoard);
  }

  function paintBoard() {
    $('link-state').textContent = boardLost ? t('not_connected') : '';
    document.body.classList.toggle('lost', boardLost);
    const fill = $('fill');
    fill.textContent = '';
    if (!board || boardLost) { $('no-numbers').hidden = true; return; }
    board.areas.forEach(function (area) {
      const part = make('span', 'area');
      const name = office && office.areas.length > 1 ? named(office.areas.find(function (a) { return a.area === area.area; }) || {}) : '';
      part.appendChild(make('span', '', (name || t('present')) + ': '));
      part.appendChild(make('strong', '', area.present + (area.cap === null || area.cap === undefined ? '' : ' / ' + area.cap)));
      fill.appendChild(part);
    });
    const walkIns = board.walk_ins || { possible: true };
    const full = board.areas.every(function (area) { return typeof area.cap === 'number' && area.present >= area.cap; });
    $('no-numbers').hidden = walkIns.possible;
    if (!walkIns.possible) { $('no-numbers').textContent = full ? t('full') : walkIns.from ? t('no_numbers_until', { time: clock(walkIns.from) }) : t('no_numbers'); }
  }

  function learn() {
    return Promise.all([fetch(api), fetch(api + '/services')].map(function (asked) {
      return asked.then(function (answer) { if (!answer.ok) { throw new Error(String(answer.status)); } return answer.json(); });
    })).then(function (answers) {
      office = answers[0];
      services = Array.isArray(answers[1]) ? answers[1] : answers[1].services;
      paintBoard();
      // Somebody was quicker than the services: they see them now.
      if (screen === 'choose' && !$('tiles').firstChild) { firstChoice(); }
    }).catch(function () { boardLost = true; paintBoard(); });
  }

  // Asking the service: the same id until it answers

  function post(path, body) {
    const control = new AbortController();
    const timer = setTimeout(function () { control.abort(); }, TRY_MS);
    return fetch(api + path, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'Accept-Language': lang, 'Idempotency-Key': body.id },
      body: JSON.stringify(body.json),
      signal: control.signal,
    }).then(function (answer) {
      if (answer.status >= 500) { throw new Error(String(answer.status)); }
      return answer.json().catch(function () { return {}; }).then(function (json) { return { status: answer.status, json: json }; });
    }).finally(function () { clearTimeout(timer); });
  }

  function pause(ms) { return new Promise(function (done) { setTimeout(done, ms); }); }

  function send(wanted) {
    const mine = turn;
    task = wanted;
    $('again').textContent = '';
    show('working');
    function round(n) {
      return post(wanted.path, wanted).catch(function () {
        if (n >= PAUSES_MS.length) { return null; }
        if (mine === turn) { $('again').textContent = t('again'); }
        return pause(PAUSES_MS[n]).then(function () { return mine === turn ? round(n + 1) : null; });
      });
    }
    return round(0).then(function (answer) {
      if (mine !== turn) { return; }
      visitor.back = [];
      if (answer === null) { show('away'); return; }
      if (answer.status === 401 || answer.status === 403) { show('signed_out'); return; }
      wanted.answered(answer);
    });
  }

  function arrive(ticket, more) {
    visitor = empty();
    if (exiting) { leave(ticket); return; }
    const id = freshId();
    const json = Object.assign({ scan_id: id, ticket: ticket }, more);
    send({ id: id, path: '/arrivals', json: json, answered: function (answer) {
      if (answer.json.reason === 'check_needed') { check(function () { arrive(ticket, Object.assign({}, more, { checked: true })); }); } else { result(answer); }
    } });
  }

  // The entry check, where the office asks for it: the answer goes no further than this screen

  let passed = null;

  function door() { return (office && office.door) || {}; }

  function check(then) { passed = then; show('check'); }

  function question() { return door()['question_' + lang] || door().question_vi || t('check_question'); }

  function paintCheck() { $('check-question').textContent = question(); }

  function notPassed() {
    send({ id: freshId(), path: '/entry-checks', json: {}, answered: function (answer) {
      shown = { decision: 'not_passed', headline: 'not_passed', message: answer.json.message || '', call: answer.json.phone || '', noted: '' };
      show('result');
    } });
  }

  function leave(ticket) {
    const area = data.area || (office && office.areas[0] && office.areas[0].area) || (board && board.areas[0] && board.areas[0].area);
    send({
      id: freshId(), path: '/areas/' + encodeURIComponent(area) + '/exits', json: { ticket: ticket },
      answered: function (answer) { result(answer.status < 300 ? { status: 200, json: { decision: 'exit' } } : answer); },
    });
  }

  function takeNumber() {
    if (door().one_number && !visitor.card && !visitor.phone) { type('person'); return; }
    const id = freshId();
    const json = {
      checked: Boolean(door().entry_check), name: visitor.name, person: door().one_number ? visitor.card || visitor.phone : '',
      says_booked: visitor.saysBooked, walk_in_id: id, party_size: visitor.party, priority: visitor.priority, needs: visitor.needs, language: lang,
      services: visitor.chosen.map(function (c) { return { service: c.service.service, quantity: c.quantity }; }),
    };
    const kept = visitor;
    send({ id: id, path: '/walk-ins', json: json, answered: function (answer) {
      const why = answer.json.reason;
      // The office's rules changed since this page learned them.
      if (why === 'check_needed' || why === 'person_needed') { visitor = kept; learn().then(function () { show('confirm'); }); } else { result(answer); }
    } });
  }

  // The code

  function paintCode() {
    const typing = visitor.typing;
    $('code-title').textContent = t(typing + '_title');
    $('code-hint').textContent = t(typing + '_hint');
    $('by-phone').hidden = typing !== 'code' || exiting;
    $('code').textContent = !visitor.code ? '–' : typing === 'code' ? grouped(visitor.code) : visitor.code;
    $('code').classList.toggle('hint', !visitor.code);
  }

  function digit(d) {
    if (screen === 'start' || screen === 'exit') { type('code'); }
    if (screen !== 'code' || visitor.code.length >= LENGTHS[visitor.typing]) { return; }
    visitor.code += d;
    paintCode();
    if (speaking) { sound.say(d); }
    if ((visitor.typing === 'code' || visitor.typing === 'last') && visitor.code.length === LENGTHS[visitor.typing]) { submit(); }
  }

  function type(what) {
    visitor.code = '';
    visitor.typing = what;
    if (screen === 'code') { show('code'); } else { go('code'); }
  }

  function submit() {
    const text = visitor.code;
    if (!text) { return; }
    if (visitor.typing === 'code') { arrive(text); return; }
    if (visitor.typing === 'last') { arrive(text, { phone: visitor.phone }); return; }
    if (text.length < 9) { $('code-hint').textContent = t('phone_short'); return; }
    visitor.phone = text;
    if (visitor.typing === 'phone') { type('last'); } else { takeNumber(); }
  }

  // A citizen card proves nothing and fills in the name; its number goes to the service only where one person gets one number.
  function card(text) {
    const fields = text.split('|');
    const name = (fields[2] || '').trim();
    const taking = screen === 'choose' || screen === 'confirm' || (screen === 'code' && visitor.typing === 'person');
    if (exiting || screen === 'working') { return; }
    if (!taking) { start(); }
    visitor.card = /^[0-9]{9,12}$/.test(fields[0]) ? fields[0] : '';
    // What a keyboard's Vietnamese typing has spoilt is no name any more.
    visitor.name = /^[\p{L}\p{M}' .-]{2,100}$/u.test(name) ? name : '';
    if (screen === 'code') { takeNumber(); } else if (taking) { show(screen); } else { act.walk_in(); }
  }

  // The camera, while a code is asked for

  const scans = api + '/scans';
  let camera = null;
  let cameraGone = false;         // none, or forbidden: not asked for again until the page loads anew

  function openCamera() {
    if (camera || cameraGone) { return; }
    if (!QrCamera.possible()) { $('photo').hidden = !QrCamera.photos(); return; }
    camera = QrCamera.watch($('video'), scans, {
      found: function (texts) { $('camera').hidden = false; seen(texts); },
      failed: function (why) { if (why !== 'away') { cameraGone = true; closeCamera(); } },
    });
  }

  function closeCamera() {
    if (camera) { camera.stop(); camera = null; }
    $('camera').hidden = true;
  }

  function seen(texts) {
    if (texts.length > 1) { tell('two_codes'); return; }
    if (!texts.length) { tell('no_code'); return; }
    scanned(texts[0]);
  }

  // Nothing was asked of the service, so there is nothing to undo: the kiosk only says what to do.
  function tell(key) {
    turn += 1;
    visitor = empty();
    task = null;
    shown = { decision: 'refused', headline: key, hint: key + '_hint', noted: '' };
    show('result');
  }

  $('video').addEventListener('playing', function () { if (camera) { $('camera').hidden = false; } });
  $('photo-file').addEventListener('change', function () {
    const file = this.files[0];
    this.value = '';
    if (!file) { return; }
    const mine = turn;
    show('working');
    QrCamera.read(file, scans).then(function (texts) { if (mine === turn) { show('code'); seen(texts); } }, function (error) {
      if (mine !== turn) { return; }
      if (error.status === 401 || error.status === 403) { show('signed_out'); } else if (error.status) { tell('no_code'); } else { show('away'); }
    });
  });

  // The scanner types like a keyboard, at any moment, whatever has the focus

  let typed = '';
  let typedTimer = 0;
  let suffixUntil = 0;

  function letter(event) {
    if (event.key.length === 1) { return event.key; }
    // A Vietnamese input method swallows the letter and leaves only the key.
    if (event.key !== 'Process' && event.key !== 'Unidentified') { return ''; }
    const code = event.code;
    if (/^Key[A-Z]$/.test(code)) { return event.shiftKey ? code[3] : code[3].toLowerCase(); }
    if (/^(Digit|Numpad)[0-9]$/.test(code) && !event.shiftKey) { return code.slice(-1); }
    const marks = { Minus: '-_', Slash: '/?', Period: '..', Semicolon: ';:', Equal: '=+', Digit3: '3#', Digit7: '7&' };
    return marks[code] ? marks[code][event.shiftKey ? 1 : 0] : '';
  }

  function endOfTyping() {
    clearTimeout(typedTimer);
    const text = typed;
    typed = '';
    if (!text) { return false; }
    const whole = text.trim();
    if (whole === '*') { if (speaking) { start(); } listen(); return true; }
    if (whole.length >= 8 || /[^0-9]/.test(whole) && whole.length > 2) {
      suffixUntil = Date.now() + 600;
      scanned(whole);
      return true;
    }
    whole.replace(/[^0-9]/g, '').split('').forEach(function (d) {
      if (speaking && screen !== 'code') { choice(Number(d)); } else { digit(d); }
    });
    return false;
  }

  // Whatever came down the cable ends on a screen that says what to do; nobody's code goes unnoticed.
  function scanned(text) {
    if (screen === 'signed_out') { return; }
    if (screen === 'working') { second = true; return; }
    if (text.split('|').length > 5) { card(text); return; }
    if ((text.match(/https?:/gi) || []).length > 1 || /^[0-9]{20,}$/.test(text.replace(/\s/g, ''))) { tell('two_codes'); return; }
    if (screen === 'code' && visitor.typing !== 'code' && /^[0-9]{8,11}$/.test(text)) { visitor.code = text; submit(); return; }
    turn += 1;
    arrive(text);
  }

  let second = false;             // another code came while one was being looked at

  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey) { return; }
    const key = letter(event);
    const space = key === ' ' && !typed;      // a space alone presses the focused button
    if (key && !space) {
      event.preventDefault();
      typed += key;
      if (screen !== 'working') { wake(); }
      clearTimeout(typedTimer);
      typedTimer = setTimeout(endOfTyping, /^h/i.test(typed) ? LINK_PAUSE_MS : SCAN_PAUSE_MS);
      return;
    }
    if (event.key === 'Enter' && !typed && screen === 'code' && visitor.code) { event.preventDefault(); submit(); return; }
    if (event.key === 'Backspace' && screen === 'code') { act.delete(); return; }
    if (event.key === 'Escape') { start(); return; }
    if (event.key === 'Enter' || event.key === 'Tab') {
      const after = Date.now() < suffixUntil;
      if (endOfTyping() || after) { event.preventDefault(); return; }
      wake();
    }
  }, true);

  // Choosing what one came for

  function fields() {
    const names = [];
    services.forEach(function (s) { if (!s.collects && names.indexOf(s.field_vi) < 0) { names.push(s.field_vi); } });
    return names.map(function (name) {
      const within = services.filter(function (s) { return !s.collects && s.field_vi === name; });
      return { key: name, services: within, name_vi: name, name_en: within[0].field_en };
    });
  }

  function guidance() { return Boolean(office) && office.queues.some(function (queue) { return queue.guidance; }); }

  function onlineOnly(service) {
    return (service.channels || []).some(function (c) { return c.mode === 'only' && c.channel !== 'in_person'; });
  }

  function firstChoice() {
    const all = fields();
    visitor.choosing = all.length === 1 ? 'services' : 'fields';
    visitor.field = all.length === 1 ? all[0].key : null;
    paintChoice();
  }

  function paintChoice() {
    const tiles = $('tiles');
    tiles.textContent = '';
    let things;
    if (visitor.choosing === 'fields') {
      $('choose-title').textContent = t('fields_title');
      things = fields().map(function (f) {
        return button('tile', named(f), function () { visitor.field = f.key; visitor.page = 0; go('choose'); visitor.choosing = 'services'; paintChoice(); });
      });
    } else {
      const collecting = visitor.choosing === 'collects';
      $('choose-title').textContent = t(collecting ? 'collect_title' : 'services_title');
      things = services.filter(function (s) { return collecting ? s.collects : !s.collects && s.field_vi === visitor.field; }).map(function (s) {
        const tile = button('tile', '', function () { choose(s); });
        tile.appendChild(make('span', '', named(s)));
        if (onlineOnly(s)) { tile.appendChild(make('small', 'badge', t('online_only'))); }
        return tile;
      });
    }
    document.querySelector('[data-act="unsure"]').hidden = !guidance();
    const most = speaking ? 6 : TILES;
    const pages = Math.ceil(things.length / most);
    $('more').hidden = pages < 2;
    things.slice((visitor.page % Math.max(1, pages)) * most, (visitor.page % Math.max(1, pages)) * most + most).forEach(function (tile) { tiles.appendChild(tile); });
  }

  function choose(service) {
    if (!visitor.chosen.some(function (c) { return c.service.service === service.service; })) { visitor.chosen.push({ service: service, quantity: 1 }); }
    go('confirm');
  }

  function stepper(value, least, most, labels, set) {
    const parts = document.createDocumentFragment();
    const down = button('step', '−', function () { set(Math.max(least, value - 1)); });
    down.disabled = value <= least;
    down.setAttribute('aria-label', labels[0]);
    const up = button('step', '+', function () { set(Math.min(most, value + 1)); });
    up.disabled = value >= most;
    up.setAttribute('aria-label', labels[1]);
    const number = make('output', '', String(value));
    [down, number, up].forEach(function (part) { parts.appendChild(part); });
    return parts;
  }

  function paintConfirm() {
    const list = $('chosen');
    list.textContent = '';
    if (!visitor.chosen.length) { list.appendChild(make('li', 'alone', t('guidance'))); }
    visitor.chosen.forEach(function (c) {
      const item = make('li');
      item.appendChild(make('span', 'what', named(c.service)));
      const count = make('span', 'stepper small');
      count.setAttribute('role', 'group');
      count.setAttribute('aria-label', t('copies') + ': ' + named(c.service));
      count.appendChild(stepper(c.quantity, 1, 100, [t('fewer'), t('larger')], function (n) { c.quantity = n; paintConfirm(); }));
      item.appendChild(count);
      if (visitor.chosen.length > 1) {
        const remove = button('step', '×', function () { visitor.chosen.splice(visitor.chosen.indexOf(c), 1); paintConfirm(); });
        remove.setAttribute('aria-label', t('remove') + ': ' + named(c.service));
        item.appendChild(remove);
      }
      list.appendChild(item);
    });
    $('add-service').hidden = !visitor.chosen.length || visitor.chosen.length >= 5;

    $('party').textContent = '';
    $('party').appendChild(stepper(visitor.party, 1, (office && office.largest_party) || 5, [t('fewer'), t('larger')], function (n) { visitor.party = n; paintConfirm(); }));

    $('priority').textContent = '';
    [''].concat(PRIORITIES).forEach(function (p) {
      $('priority').appendChild(option(t('priority_' + (p || 'none')), visitor.priority === p, function () { visitor.priority = p; paintConfirm(); }));
    });
    $('needs').textContent = '';
    const checking = Boolean(door().entry_check);
    $('check-ask').hidden = !checking;
    $('check-ask-question').textContent = checking ? question() : '';
    $('check-no').hidden = !checking;
    document.querySelector('[data-act="take_number"]').textContent = t(checking ? 'check_take_number' : 'take_number');
    NEEDS.forEach(function (n) {
      const at = visitor.needs.indexOf(n);
      $('needs').appendChild(option(t('needs_' + n), at >= 0, function () { if (at >= 0) { visitor.needs.splice(at, 1); } else { visitor.needs.push(n); } paintConfirm(); }));
    });
  }

  function option(text, pressed, act) {
    const element = button('option', text, act);
    element.setAttribute('aria-pressed', String(pressed));
    return element;
  }

  // What the door says

  function result(answer) {
    if (answer.status >= 400) {
      shown = { decision: 'refused', message: answer.json.detail || answer.json.title || '' };
    } else {
      shown = answer.json;
    }
    shown.noted = second ? 'second_again' : '';
    second = false;
    // A slip is printed here, once the number is known: shown.visit.slip is 'pending' until the service hears slipWord().
    // Who booked in English is answered in English, whatever the visitor before had chosen.
    const speaks = shown.visit && shown.visit.language;
    const changed = task && task.path === '/arrivals' && texts[speaks] && speaks !== lang;
    if (changed) { lang = speaks; }
    const mine = turn;
    window.slips.print(shown, post, freshId, function () { if (mine === turn && screen === 'result') { wake(); paintResult(); } });
    show('result');
    if (changed) { retell(); }
  }

  // The same question again, with the same id, is answered the same, only in the other language.
  function retell() {
    const mine = turn;
    if (!task || !shown || !shown.message) { return; }
    post(task.path, task).then(function (answer) {
      if (mine !== turn || screen !== 'result' || answer.status >= 400 || answer.json.decision !== shown.decision) { return; }
      shown.message = answer.json.message;
      paintResult();
    }).catch(function () { /* the words stay in the other language */ });
  }

  function paintResult() {
    const answer = shown;
    const visit = answer.visit || {};
    const number = answer.number || visit.number;
    const unheard = answer.reason === 'service_needed';
    const verdict = unheard ? 'come_back' : answer.decision;
    $('verdict').className = 'verdict ' + verdict;
    $('verdict-icon').setAttribute('href', '#i-' + (ICONS[verdict] || 'stop'));
    $('headline').textContent = t(answer.headline || (unheard ? 'unheard' : verdict === 'exit' ? 'exit_done' : verdict));
    $('message').textContent = answer.hint ? t(answer.hint) : answer.message || '';

    const slip = $('slip');
    slip.textContent = '';
    if (answer.come_back) {
      const when = make('div', 'window');
      when.appendChild(make('span', '', t('window')));
      when.appendChild(make('strong', '', clock(answer.come_back.starts_at) + ' – ' + clock(answer.come_back.ends_at)));
      when.appendChild(make('span', '', day(answer.come_back.starts_at)));
      slip.appendChild(when);
    }
    if (number) {
      const card = make('div', 'number');
      card.appendChild(make('span', '', t('your_number')));
      card.appendChild(make('strong', '', number));
      if (typeof visit.ahead === 'number') { card.appendChild(make('span', '', visit.ahead ? t('ahead', { count: visit.ahead }) : t('next'))); }
      slip.appendChild(card);
    }
    const code = answer.code || (number || answer.come_back ? visit.code : '');
    // The public address may not be reachable from this network; the picture comes from here.
    const link = answer.qr_url || (answer.ticket_url ? answer.ticket_url + '/qr.png' : '');
    const picture = link && new URL(link, location.href).pathname;
    if (code && (picture || answer.come_back)) {
      const card = make('div', 'qr');
      if (picture) {
        const image = make('img');
        image.src = picture;
        image.alt = 'QR';
        card.appendChild(image);
      }
      card.appendChild(make('span', '', t('your_code')));
      card.appendChild(make('strong', '', grouped(code)));
      if (picture) { card.appendChild(make('span', '', t('photo'))); }
      slip.appendChild(card);
    }

    if (answer.call) {
      const other = make('div', 'window');
      other.appendChild(make('span', '', t('hotline')));
      other.appendChild(make('strong', '', answer.call));
      slip.appendChild(other);
    }
    const print = answer.print || '';
    $('noted').textContent = answer.noted ? t(answer.noted) : print ? t(print === 'failed' ? 'print_failed' : print) : '';
    const answers = $('answers');
    answers.textContent = '';
    const open = !answer.noted || answer.noted === 'second_again';
    const pending = number && visit.visit_id && open && (visit.slip === 'pending' || visit.slip === 'unconfirmed');
    if (print === 'printing') { return; }
    if (print === 'printed' && open) {
      answers.appendChild(button('wide go', t('done'), start));
      answers.appendChild(button('wide soft', t('no_slip'), function () { answer.print = 'failed'; visit.slip = 'pending'; wake(); paintResult(); }));
    } else if (pending) {
      answers.appendChild(button('wide go', t('noted'), function () { slipWord('phone', 'noted_done'); }));
      answers.appendChild(button('wide soft', t('not_noted'), function () { slipWord('failed', 'not_noted_done'); }));
    } else {
      if (answer.facts && answer.facts.says_booked) { answers.appendChild(button('wide go', t('say_service'), function () { sayService(answer.facts.says_booked); })); }
      if (answer.offer === 'walk_in' && !number) { answers.appendChild(button('wide go', t('offer_walk_in'), function () { offerWalkIn(visit); })); }
      answers.appendChild(button('wide soft', t('done'), start));
    }
  }

  function slipWord(word, text) {
    const mine = turn;
    const visit = shown.visit.visit_id;
    const body = { id: freshId(), json: { slip: word } };
    shown.noted = text;
    wake();
    paintResult();
    // With no word the number becomes callable by itself, so a lost answer here needs no screen of its own.
    (function round(n) {
      post('/visits/' + visit + '/slip', body).catch(function () { if (n < PAUSES_MS.length) { pause(PAUSES_MS[n]).then(function () { round(n + 1); }); } })
        .then(function () { if (mine === turn) { wake(); } });
    }(0));
  }

  // The code of a booking of which the office's machine has not heard, its line being cut.
  function sayService(code) {
    visitor = empty();
    shown = null;
    visitor.saysBooked = code;
    act.walk_in();
  }

  function offerWalkIn(visit) {
    const wanted = (visit.services || []).map(function (s) {
      return { service: services.find(function (known) { return known.service === s.service; }), quantity: s.quantity || 1 };
    }).filter(function (c) { return c.service; });
    visitor = empty();
    shown = null;
    visitor.chosen = wanted;
    visitor.party = visit.party_size || 1;
    visitor.priority = visit.priority || '';
    visitor.needs = (visit.needs || []).slice();
    if (wanted.length) { show('confirm'); } else { act.walk_in(); }
  }

  // Spoken screens: the keys of a keypad choose what is read out

  let speaking = false;

  const sound = (function () {
    let context = null;
    let playing = null;
    let asked = 0;
    function stop() {
      asked += 1;
      if (playing) { playing.onended = null; try { playing.stop(); } catch (error) { /* it had not begun */ } playing = null; }
    }
    function say(text) {
      stop();
      const mine = asked;
      if (!context) { context = new AudioContext(); }
      context.resume();
      fetch('/kiosk/' + encodeURIComponent(data.office) + '/speech', {
        method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ language: lang, text: text.slice(0, 1500) }),
      }).then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.arrayBuffer();
      }).then(function (bytes) { return context.decodeAudioData(bytes); }).then(function (samples) {
        if (mine !== asked) { return; }
        playing = context.createBufferSource();
        playing.buffer = samples;
        playing.connect(context.destination);
        playing.onended = function () { playing = null; wake(); };
        playing.start();
        document.body.dataset.said = text;
        wake();
      }).catch(function () { /* the screen still shows everything */ });
    }
    return { say: say, stop: stop };
  }());

  function options() {
    const section = document.querySelector('[data-screen="' + screen + '"]');
    const found = Array.from(section.querySelectorAll('button')).filter(function (b) { return b.offsetParent && !b.disabled && !b.matches('.step, .keypad button'); });
    const first = found.filter(function (b) { return b.matches('.go, .door'); }).concat(found.filter(function (b) { return b.matches('#check-no, #needs *'); }));
    return first.concat(found.filter(function (b) { return first.indexOf(b) < 0; })).slice(0, 9);
  }

  function words(element) { return element.offsetParent ? element.innerText.trim().replace(/\s*\n\s*/g, ', ').replace(/[.,]$/, '') : ''; }

  function speak() {
    if (!speaking) { return; }
    const section = document.querySelector('[data-screen="' + screen + '"]');
    const parts = Array.from(section.querySelectorAll('h1, p:not(.countdown):not(.code), .slip > div > *, .chosen .what, .chosen .alone')).map(words).filter(Boolean);
    if (screen !== 'working') {
      options().forEach(function (b, n) { parts.push(t('press_key', { key: n + 1 }) + ': ' + words(b) + (b.getAttribute('aria-pressed') === 'true' ? ', ' + t('chosen') : '')); });
      parts.push(t(screen === 'code' ? 'press_code' : 'press_again'));
    }
    sound.say(parts.join('. '));
  }

  function listen() {
    speaking = true;
    document.body.classList.add('speaking');
    paintTools();
    speak();
    wake();
  }

  function choice(n) {
    const chosen = options()[n - 1];
    if (!n || !chosen) { speak(); return; }
    const before = screen;
    chosen.click();
    if (screen === before) { speak(); }
  }

  // For everybody: larger, plainer, aloud, or a human being

  function paintTools() {
    [['large', 'large'], ['contrast', 'contrast'], ['listen', 'speaking']].forEach(function (tool) {
      document.querySelector('[data-act="' + tool[0] + '"]').setAttribute('aria-pressed', String(document.body.classList.contains(tool[1])));
    });
  }

  function callHelp() {
    const body = { id: freshId(), json: {} };
    const mine = turn;
    $('helped').textContent = t('working');
    (function round(n) {
      post('/help', body).then(function (answer) { if (mine === turn) { said(answer.status < 300 ? 'helped' : 'helped_not'); } }, function () {
        if (n < 2) { pause(PAUSES_MS[n]).then(function () { round(n + 1); }); } else if (mine === turn) { said('helped_not'); }
      });
    }(0));
    function said(key) {
      $('helped').textContent = t(key);
      if (speaking) { sound.say(t(key)); }
      setTimeout(function () { $('helped').textContent = ''; }, 15000);
    }
  }

  // Touches

  const act = {
    large: function () { document.body.classList.toggle('large'); paintTools(); },
    contrast: function () { document.body.classList.toggle('contrast'); paintTools(); },
    listen: function () { if (speaking) { speaking = false; sound.stop(); document.body.classList.remove('speaking'); paintTools(); } else { listen(); } },
    help: callHelp,
    by_phone: function () { type('phone'); },
    check_passed: function () { if (passed) { passed(); } },
    check_failed: notPassed,
    booked: function () { type('code'); },
    walk_in: function () {
      visitor.page = 0;
      go('choose');
      firstChoice();
    },
    collect: function () {
      const results = services.filter(function (s) { return s.collects; });
      if (results.length === 1) { choose(results[0]); return; }
      if (!results.length) { act.unsure(); return; }
      visitor.page = 0;
      go('choose');
      visitor.choosing = 'collects';
      paintChoice();
    },
    unsure: function () { visitor.chosen = []; go('confirm'); },
    more: function () { visitor.page += 1; paintChoice(); },
    add_service: function () { act.walk_in(); },
    take_number: takeNumber,
    delete: function () { visitor.code = visitor.code.slice(0, -1); paintCode(); },
    submit_code: submit,
    try_again: function () { if (task) { send(task); } else { start(); } },
    back: goBack,
    home: start,
  };

  document.addEventListener('click', function (event) {
    const pressed = event.target.closest('[data-act], [data-digit]');
    wake();
    if (!pressed) { return; }
    if (pressed.dataset.digit) { digit(pressed.dataset.digit); } else { act[pressed.dataset.act](); }
  });
  document.addEventListener('pointerdown', wake);
  document.addEventListener('contextmenu', function (event) { event.preventDefault(); });
  $('language').addEventListener('click', function () { lang = lang === 'vi' ? 'en' : 'vi'; translate(); if (screen === 'result') { retell(); } speak(); });

  start();
  learn();
  askBoard();
  setInterval(askBoard, 15000);
  setInterval(tick, 1000);
  tick();
}());
