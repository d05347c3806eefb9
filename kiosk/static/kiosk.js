/* The kiosk: one screen at a time, one visitor at a time; everything it knows comes from the HTTP API. Here are the screens, the words
   and the way to the service; each part of the door has a file of its own, which adds what it can do to `kiosk`. Syntax of 2019. */
const kiosk = (function () {
  'use strict';

  const IDLE_MS = 20000;          // left alone that long, the kiosk forgets its visitor
  const EXIT_MS = 5000;           // at the exit the next person is already walking
  const TRY_MS = 8000;
  const PAUSES_MS = [1000, 2000, 3000, 5000];

  const data = document.body.dataset;
  const api = '/api/v1/offices/' + encodeURIComponent(data.office);
  const exiting = data.mode === 'exit';
  const texts = JSON.parse(document.getElementById('texts').textContent);
  const $ = function (id) { return document.getElementById(id); };

  let idleTimer = 0;
  let idleEnds = 0;
  let boardLost = false;

  function empty() {
    return { code: '', typing: 'code', phone: '', card: '', name: '', field: null, choosing: 'fields', page: 0, chosen: [], party: 1, priority: '', needs: [], saysBooked: '', back: [] };
  }

  // Words and small parts

  function t(key, facts) {
    let text = texts[kiosk.lang][key] || key;
    Object.keys(facts || {}).forEach(function (name) { text = text.replace('{' + name + '}', facts[name]); });
    return text;
  }

  function named(thing, field) { return thing[(field || 'name') + '_' + kiosk.lang] || thing[(field || 'name') + '_vi'] || ''; }

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
    return new Intl.DateTimeFormat(kiosk.lang === 'vi' ? 'vi-VN' : 'en-GB', options).format(new Date(when));
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
    kiosk.screen = name;
    document.querySelectorAll('[data-screen]').forEach(function (section) { section.hidden = section.dataset.screen !== name; });
    const first = name === 'start' || name === 'exit';
    $('back').hidden = first || !kiosk.visitor.back.length || name === 'working' || name === 'result';
    $('home').hidden = first || name === 'working' || name === 'result' || name === 'signed_out';
    document.body.dataset.now = name;
    $('tools').hidden = name === 'signed_out';
    $('party-of-one').hidden = !kiosk.visitor.name;
    $('party-of-one').textContent = kiosk.visitor.name;
    kiosk.aim();
    translate();
    wake();
    const heading = document.querySelector('[data-screen="' + name + '"] h1');
    if (heading) { heading.focus({ preventScroll: true }); }
    window.scrollTo(0, 0);
    document.querySelector('main').scrollTop = 0;
    kiosk.speak();
  }

  function go(name) {
    // What was decided is over: nobody goes back to it.
    if (kiosk.screen !== 'result') { kiosk.visitor.back.push([kiosk.screen, kiosk.visitor.choosing]); }
    show(name);
  }

  function goBack() {
    const last = kiosk.visitor.back.pop();
    if (!last) { start(); return; }
    kiosk.visitor.choosing = last[1];
    kiosk.visitor.page = 0;
    show(last[0]);
  }

  function start() {
    kiosk.turn += 1;
    kiosk.visitor = empty();
    kiosk.task = null;
    kiosk.shown = null;
    kiosk.lang = 'vi';
    kiosk.second = false;
    kiosk.sound.stop();
    kiosk.speaking = false;
    delete document.body.dataset.said;
    document.body.classList.remove('large', 'contrast', 'speaking');
    ['slip', 'answers', 'chosen', 'tiles'].forEach(function (id) { $(id).textContent = ''; });
    ['headline', 'message', 'noted', 'code', 'again', 'countdown', 'party-of-one'].forEach(function (id) { $(id).textContent = ''; });
    show(exiting ? 'exit' : 'start');
  }

  function translate() {
    document.documentElement.lang = kiosk.lang;
    document.title = t('title') + ' · ' + document.querySelector('.office').dataset[kiosk.lang];
    document.querySelector('.office').textContent = document.querySelector('.office').dataset[kiosk.lang];
    $('language').textContent = kiosk.lang === 'vi' ? 'English' : 'Tiếng Việt';
    $('language').lang = kiosk.lang === 'vi' ? 'en' : 'vi';
    document.querySelectorAll('[data-t]').forEach(function (element) { element.textContent = t(element.dataset.t); });
    paintBoard();
    kiosk.paintTools();
    kiosk.paintHelp();
    if (kiosk.screen === 'code') { kiosk.paintCode(); }
    if (kiosk.screen === 'check') { kiosk.paintCheck(); }
    if (kiosk.screen === 'choose') { kiosk.paintChoice(); }
    if (kiosk.screen === 'confirm') { kiosk.paintConfirm(); }
    if (kiosk.screen === 'result') { kiosk.paintResult(); }
    lookBelow();
  }

  // Half a row at the edge is a hint only to who knows screens: what does not fit is said, and a touch brings it.
  function lookBelow() {
    const main = document.querySelector('main');
    const more = kiosk.screen === 'confirm' && main.scrollHeight - main.clientHeight - main.scrollTop > 24;
    $('below').hidden = !more;
    document.body.classList.toggle('more-below', more);
  }

  function wake() {
    clearTimeout(idleTimer);
    if (kiosk.screen === 'working' || kiosk.screen === 'signed_out') { idleEnds = 0; return; }
    const rest = exiting && kiosk.screen === 'result' ? EXIT_MS : kiosk.speaking ? 4 * IDLE_MS : IDLE_MS;
    idleEnds = Date.now() + rest;
    idleTimer = setTimeout(start, rest);
  }

  function tick() {
    // Until the service has said its time there is none: this machine's own may be wrong.
    $('clock').textContent = kiosk.board ? clock(Date.now() + skew) : '';
    const left = Math.max(0, Math.ceil((idleEnds - Date.now()) / 1000));
    $('countdown').textContent = kiosk.screen === 'result' && idleEnds ? t('back_in', { count: left }) : '';
  }

  // How full it is, and whether the service answers at all

  let skew = 0;

  function askBoard() {
    // A pulled cable refuses nothing: a question that hangs is no answer either.
    const control = new AbortController();
    const timer = setTimeout(function () { control.abort(); }, TRY_MS);
    get('/board', control.signal).then(function (state) {
      kiosk.board = state;
      boardLost = false;
      skew = new Date(state.at).getTime() - Date.now();
      tick();
      if (!kiosk.office || !kiosk.services.length) { learn(); }
    }).catch(function () { boardLost = true; }).then(function () { clearTimeout(timer); paintBoard(); });
  }

  function paintBoard() {
    $('link-state').textContent = boardLost ? t('not_connected') : '';
    document.body.classList.toggle('lost', boardLost);
    const fill = $('fill');
    fill.textContent = '';
    if (!kiosk.board || boardLost) { $('no-numbers').hidden = true; return; }
    kiosk.board.areas.forEach(function (area) {
      const part = make('span', 'area');
      const name = kiosk.office && kiosk.office.areas.length > 1 ? named(kiosk.office.areas.find(function (a) { return a.area === area.area; }) || {}) : '';
      part.appendChild(make('span', '', (name || t('present')) + ': '));
      part.appendChild(make('strong', '', area.present + (area.cap === null || area.cap === undefined ? '' : ' / ' + area.cap)));
      fill.appendChild(part);
    });
    const walkIns = kiosk.board.walk_ins || { possible: true };
    const full = kiosk.board.areas.every(function (area) { return typeof area.cap === 'number' && area.present >= area.cap; });
    $('no-numbers').hidden = walkIns.possible;
    if (!walkIns.possible) { $('no-numbers').textContent = full ? t('full') : walkIns.from ? t('no_numbers_until', { time: clock(walkIns.from) }) : t('no_numbers'); }
  }

  function learn() {
    return Promise.all([get(''), get('/services')]).then(function (answers) {
      kiosk.office = answers[0];
      kiosk.services = Array.isArray(answers[1]) ? answers[1] : answers[1].services;
      paintBoard();
      // Somebody was quicker than the services: they see them now.
      if (kiosk.screen === 'choose' && !$('tiles').firstChild) { kiosk.firstChoice(); }
    }).catch(function () { boardLost = true; paintBoard(); });
  }

  // A finger needs 2 cm. What a centimetre is on this screen no browser knows: the address may say how large the screen is,
  // `?inches=10.1` from corner to corner; else the style sheet guesses by what such screens usually are.

  function measure() {
    const inches = Number(data.inches);
    if (!(inches >= 4 && inches <= 100)) { return; }
    const dots = Math.sqrt(screen.width * screen.width + screen.height * screen.height) / inches;
    document.documentElement.style.setProperty('--touch', (dots / 2.54 * 2).toFixed(1) + 'px');
  }

  // Asking the service: the same id until it answers

  function post(path, body) {
    const control = new AbortController();
    const timer = setTimeout(function () { control.abort(); }, TRY_MS);
    return fetch(api + path, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'Accept-Language': kiosk.lang, 'Idempotency-Key': body.id },
      body: JSON.stringify(body.json),
      signal: control.signal,
    }).then(function (answer) {
      if (answer.status >= 500) { throw new Error(String(answer.status)); }
      return answer.json().catch(function () { return {}; }).then(function (json) { return { status: answer.status, json: json }; });
    }).finally(function () { clearTimeout(timer); });
  }

  function get(path, signal) {
    return fetch(api + path, { credentials: 'same-origin', cache: 'no-store', signal: signal }).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.json();
    });
  }

  function pause(ms) { return new Promise(function (done) { setTimeout(done, ms); }); }

  function send(wanted) {
    const mine = kiosk.turn;
    kiosk.task = wanted;
    $('again').textContent = '';
    show('working');
    function round(n) {
      return post(wanted.path, wanted).catch(function () {
        if (n >= PAUSES_MS.length) { return null; }
        if (mine === kiosk.turn) { $('again').textContent = t('again'); }
        return pause(PAUSES_MS[n]).then(function () { return mine === kiosk.turn ? round(n + 1) : null; });
      });
    }
    return round(0).then(function (answer) {
      if (mine !== kiosk.turn) { return; }
      kiosk.visitor.back = [];
      if (answer === null) { show('away'); return; }
      if (answer.status === 401 || answer.status === 403) { show('signed_out'); return; }
      wanted.answered(answer);
    });
  }

  // Touches

  const act = {
    large: function () { document.body.classList.toggle('large'); kiosk.paintTools(); lookBelow(); },
    below: function () { const main = document.querySelector('main'); main.scrollTop += main.clientHeight / 2; lookBelow(); },
    contrast: function () { document.body.classList.toggle('contrast'); kiosk.paintTools(); },
    listen: function () { if (kiosk.speaking) { kiosk.speaking = false; kiosk.sound.stop(); document.body.classList.remove('speaking'); kiosk.paintTools(); } else { kiosk.listen(); } },
    help: function () { kiosk.callHelp(); },
    by_phone: function () { kiosk.type('phone'); },
    check_passed: function () { kiosk.passed(); },
    check_failed: function () { kiosk.notPassed(); },
    booked: function () { kiosk.type('code'); },
    walk_in: function () {
      kiosk.visitor.page = 0;
      go('choose');
      kiosk.firstChoice();
    },
    collect: function () {
      const results = kiosk.services.filter(function (s) { return s.collects; });
      if (results.length === 1) { kiosk.choose(results[0]); return; }
      if (!results.length) { act.unsure(); return; }
      kiosk.visitor.page = 0;
      go('choose');
      kiosk.visitor.choosing = 'collects';
      kiosk.paintChoice();
    },
    unsure: function () { kiosk.visitor.chosen = []; go('confirm'); },
    more: function () { kiosk.visitor.page += 1; kiosk.paintChoice(); },
    add_service: function () { act.walk_in(); },
    take_number: function () { kiosk.takeNumber(); },
    delete: function () { kiosk.visitor.code = kiosk.visitor.code.slice(0, -1); kiosk.paintCode(); },
    submit_code: function () { kiosk.submit(); },
    try_again: function () { if (kiosk.task) { send(kiosk.task); } else { start(); } },
    back: goBack,
    home: start,
  };

  document.addEventListener('click', function (event) {
    const pressed = event.target.closest('[data-act], [data-digit]');
    wake();
    if (!pressed) { return; }
    if (pressed.dataset.digit) { kiosk.digit(pressed.dataset.digit); } else { act[pressed.dataset.act](); }
  });
  document.addEventListener('pointerdown', wake);
  document.querySelector('main').addEventListener('scroll', function () { wake(); lookBelow(); });
  window.addEventListener('resize', lookBelow);
  document.addEventListener('contextmenu', function (event) { event.preventDefault(); });
  $('language').addEventListener('click', function () { kiosk.lang = kiosk.lang === 'vi' ? 'en' : 'vi'; translate(); if (kiosk.screen === 'result') { kiosk.retell(); } kiosk.speak(); });

  // When all the parts are there
  document.addEventListener('DOMContentLoaded', function () {
    kiosk.measure();
    start();
    learn();
    askBoard();
    setInterval(askBoard, 15000);
    setInterval(tick, 1000);
    tick();
  });

  return {
    // What all parts know
    lang: 'vi',
    screen: '',
    turn: 0,                      // moves with every visitor: late answers for the one before are dropped
    office: null,
    services: [],
    board: null,
    visitor: empty(),
    task: null,                   // the request under way, kept with its id so that it can be tried again
    shown: null,                  // the answer on the result screen
    second: false,                // another code came while one was being looked at
    speaking: false,

    PAUSES_MS: PAUSES_MS, data: data, api: api, exiting: exiting, texts: texts, $: $, act: act,
    empty: empty, t: t, named: named, make: make, button: button, clock: clock, day: day, grouped: grouped, freshId: freshId,
    show: show, go: go, start: start, wake: wake, learn: learn, post: post, get: get, pause: pause, send: send, measure: measure, lookBelow: lookBelow,
  };
}());
