/* Shows the last whole state the service sent, says how old it is, and never speaks of an old call as new. Syntax of 2019. */
(function () {
  'use strict';

  const STALE_S = 45;            // until the office's own is known: a word of any kind comes every 15 s
  const SPEECH_MS = 30000;       // a sound that never ends is over then
  const FRESH_MS = 30000;        // a call older than this when first seen is history: shown, not chimed
  const AGAIN_MS = [500, 1000, 2000, 4000, 8000];
  const HOUR_MS = 3600000;
  const LIST = 8;

  const data = document.body.dataset;
  const api = '/api/v1/offices/' + encodeURIComponent(data.office) + '/board';
  const $ = function (id) { return document.getElementById(id); };
  const words = {};
  Array.from($('words').content.querySelectorAll('[data-word]')).forEach(function (w) { words[w.dataset.word] = w; });

  const names = {};
  Array.from($('words').content.querySelectorAll('[data-desk]')).forEach(function (c) { names[c.dataset.desk] = [c.dataset.vi, c.dataset.en]; });

  let state = null;
  let heardAt = 0;               // when the last bytes came, by this machine's monotonic clock
  let skew = 0;                  // the service's clock minus this machine's
  let seen = null;               // calls shown before; null until the first picture
  let pending = [];              // calls that wait for their turn on top
  let top = null;
  let topUntil = 0;

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  }

  function word(name) {
    const copy = words[name].cloneNode(true);
    copy.removeAttribute('data-word');
    return copy;
  }

  function said(name, language) { return words[name].querySelector('.' + language).textContent; }

  function both(vi, en) {
    const pair = document.createDocumentFragment();
    const first = make('span', 'vi', vi);
    first.lang = 'vi';
    pair.appendChild(first);
    if (en && en !== vi) {
      const second = make('span', 'en', en);
      second.lang = 'en';
      pair.appendChild(document.createTextNode(' '));
      pair.appendChild(second);
    }
    return pair;
  }

  const times = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: data.zone });
  function clock(when) { return times.format(new Date(when)); }

  // What is on top

  function keyOf(call) { return call.number + '/' + call.counter + '/' + (call.recalled_at || call.called_at); }

  function mine(call) { return data.view !== 'desk' || call.counter === data.counter; }

  function news(next) {
    const current = {};
    const fresh = [];
    next.calls.forEach(function (call) {
      const key = keyOf(call);
      current[key] = true;
      if (seen === null || seen[key] || !mine(call) || call.state !== 'called') { return; }
      if (new Date(next.at) - new Date(call.recalled_at || call.called_at) < FRESH_MS) { fresh.push(call); }
    });
    seen = current;              // only what is on the board is remembered: days of calls take no memory
    fresh.reverse();             // the oldest of the new ones first
    return fresh;
  }

  function still(call) {
    return state.calls.find(function (c) { return c.number === call.number && c.counter === call.counter && c.state === 'called'; });
  }

  function turnTop() {
    const now = performance.now();
    if (!state || now < topUntil || speaking) { return; }
    const next = pending.shift();
    if (next) {
      top = next;
      topUntil = now + state.board.top_seconds * 1000;
      paintTop(true);
      announce(top);
      return;
    }
    const called = state.calls.filter(function (c) { return mine(c) && c.state === 'called'; });
    const shown = (top && still(top)) || called[0] || null;
    if (!top || !shown || keyOf(shown) !== keyOf(top)) { top = shown; paintTop(false); }
  }

  // Who is on top is not listed a second time below; the row stays, so that the list does not jump when it is its turn again.
  function markTop() {
    if (data.view !== 'lobby') { return; }
    Array.from($('calls').children).forEach(function (row) { row.classList.toggle('ontop', !!top && row.dataset.call === top.number + '/' + top.counter); });
    trim('calls');
  }

  function paintTop(isNew) {
    const spot = $('spotlight');
    if (data.view === 'door' || (data.view === 'desk' && !top)) { return; }
    markTop();
    spot.textContent = '';
    spot.classList.remove('new');
    if (!top) {
      spot.classList.add('calm');
      spot.appendChild(word('free'));
      return;
    }
    spot.classList.remove('calm');
    spot.appendChild(make('strong', 'number', top.number));
    if (data.view === 'lobby') {
      spot.appendChild(make('span', 'arrow', '→'));
      const name = make('span', 'counter');
      name.appendChild(both(top.counter_vi || top.counter, top.counter_en));
      spot.appendChild(name);
      if (top.where_vi || top.where_en) {
        const where = make('span', 'where');
        where.appendChild(both(top.where_vi || '', top.where_en || ''));
        spot.appendChild(where);
      }
    }
    if (isNew) { void spot.offsetWidth; spot.classList.add('new'); }
  }

  // The rest of the picture

  function fill(id, items, build) {
    const list = $(id);
    if (!list) { return; }
    const parts = document.createDocumentFragment();
    items.forEach(function (item) { parts.appendChild(build(item)); });
    list.textContent = '';
    list.appendChild(parts);
  }

  // What does not fit is left out whole; a number cut in half would be read wrong.
  function sayNobody(id) {
    const list = $(id);
    if (!list || list.firstChild) { return; }
    list.appendChild(make('li', 'none')).appendChild(word('nobody'));
  }

  function trim(id) {
    const list = $(id);
    if (!list) { return; }
    const rows = Array.from(list.children);
    rows.forEach(function (row) { row.hidden = false; });
    let cut = [];
    ['', 'tight', 'tight tighter'].some(function (packing) {     // many lines stand closer before one is left out
      list.classList.remove('tight', 'tighter');
      packing.split(' ').filter(Boolean).forEach(function (name) { list.classList.add(name); });
      cut = rows.map(function (row) { return row.offsetTop + row.offsetHeight > list.clientHeight + 1; });
      return cut.indexOf(true) < 0;
    });
    rows.forEach(function (row, n) { row.hidden = cut[n]; });
  }

  function paint() {
    fill('calls', state.calls.slice(0, LIST), function (call) {
      const row = make('li', call.state === 'called' ? 'called' : 'past');
      row.dataset.call = call.number + '/' + call.counter;
      row.appendChild(make('strong', 'number', call.number));
      const name = make('span', 'counter');
      name.appendChild(both(call.counter_vi || call.counter, call.counter_en));
      row.appendChild(name);
      row.appendChild(make('span', 'at', clock(call.recalled_at || call.called_at)));
      return row;
    });
    markTop();

    fill('fill', state.areas, function (area) {
      const capped = area.cap !== null && area.cap !== undefined;
      const box = make('p', capped && area.present >= area.cap ? 'area full' : 'area');
      if (state.areas.length > 1 && area.name_vi) { const name = make('span', 'name'); name.appendChild(both(area.name_vi, area.name_en)); box.appendChild(name); }
      box.appendChild(make('strong', '', String(area.present)));
      if (capped) { box.appendChild(make('span', 'cap', '/ ' + area.cap)); }
      if (capped) {
        const bar = document.createElement('progress');
        bar.max = Math.max(1, area.cap);
        bar.value = Math.min(area.present, area.cap);
        bar.setAttribute('aria-label', area.present + ' / ' + area.cap);
        box.appendChild(bar);
      }
      return box;
    });

    fill('waiting', state.waiting.filter(function (w) { return w.count > 0; }), function (line) {
      const row = make('li');
      row.appendChild(make('strong', 'letter', line.letter));
      const box = row.appendChild(make('div', 'line'));
      const first = box.appendChild(make('div'));
      first.appendChild(make('span', 'name')).appendChild(both(line.name_vi, line.name_en));
      first.appendChild(make('span', 'count', String(line.count)));
      const second = box.appendChild(make('div'));
      second.appendChild(make('span', 'numbers', line.numbers.slice(0, 8).join('\u2003')));
      if (line.wait_minutes) {
        const low = line.wait_minutes[0];
        const high = line.wait_minutes[1];
        second.appendChild(make('span', 'wait', '≈ ' + (low === high ? String(low) : low + '–' + high) + ' ')).appendChild(word('minutes'));
      }
      return row;
    });
    sayNobody('waiting');

    const short = function (who) { return make('li', '', typeof who === 'string' ? who : (who && who.number) || '–'); };
    fill('entering', state.entering, short);
    fill('outside', state.outside.slice(0, 40), short);
    sayNobody('outside');
    if ($('entering-box')) { $('entering-box').hidden = !state.entering.length; }

    fill('pauses', state.pauses.filter(function (p) { return data.view !== 'desk' || p.counter === data.counter; }), function (pause) {
      const row = make('li');
      const name = names[pause.counter] || [];
      row.appendChild(both(pausedUntil(pause, 'vi', name[0] || pause.counter) + (pause.reason ? ' (' + pause.reason + ')' : ''),
        pausedUntil(pause, 'en', name[1] || name[0] || pause.counter)));
      return row;
    });

    if ($('walk-ins')) {
      const box = $('walk-ins');
      box.textContent = '';
      box.classList.toggle('closed', !state.walk_ins.possible);
      box.hidden = full() && !state.entering.length;     // said large already
      const later = !full() && state.walk_ins.from;      // a full room is not a closed door
      box.appendChild(word(state.walk_ins.possible ? 'numbers' : full() ? 'full' : later ? 'from' : 'no_numbers'));
      if (!state.walk_ins.possible && later) { box.appendChild(make('strong', 'at', clock(state.walk_ins.from))); }
    }
    const message = $('message');
    if (message) {
      message.textContent = '';
      message.hidden = !state.board.message_vi;
      message.appendChild(both(state.board.message_vi, state.board.message_en));
    }
    soundState();
    trimAll();
    if (data.view === 'door') { paintDoor(); }
    if (data.view === 'desk') { paintDesk(); }
  }

  function pausedUntil(pause, language, name) {
    const text = (name ? name + ' ' : '') + said('paused', language) + (pause.until ? ' ' + said('until', language) + ' ' + clock(pause.until) : '');
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  function full() {
    return state.areas.every(function (a) { return a.cap !== null && a.cap !== undefined && a.present >= a.cap; });
  }

  function paintDoor() {
    const spot = $('spotlight');
    spot.textContent = '';
    spot.classList.toggle('calm', !state.entering.length);
    $('entering-title').hidden = !state.entering.length;
    const first = state.entering[0];
    if (first) { spot.appendChild(make('strong', 'number', first.number || '–')); }
    else { spot.appendChild(word(full() ? 'full' : 'free')); }
  }

  // Over one desk it is seen from afar, by words and by colour, whether it is closed, free, paused or busy. What a counter is at
  // stands in the picture itself: a long service is not among the last calls any more, and is no free desk.
  let deskShows = '';

  function paintDesk() {
    const desk = state.counters.find(function (c) { return c.counter === data.counter; }) || { state: 'closed', numbers: [] };
    const there = desk.numbers[0];             // the newest first
    const now = top ? 'called' : there ? there.state : desk.state === 'open' ? 'free' : desk.state;
    const shows = [now, top ? 'on top' : there ? there.number : '', desk.reason, desk.until].join('/');
    if (shows === deskShows) { return; }
    deskShows = shows;
    data.desk = now;
    const box = $('desk-state');
    box.textContent = '';
    if (now === 'paused') { box.textContent = desk.reason || ''; } else { box.appendChild(word(now === 'closed' ? 'elsewhere' : now)); }
    if (top) { return; }                       // painted as on every board
    const spot = $('spotlight');
    spot.textContent = '';
    spot.classList.remove('new');
    spot.classList.toggle('calm', !there);
    if (there) { spot.appendChild(make('strong', 'number', there.number)); return; }
    spot.appendChild(make('div')).appendChild(now === 'paused' ? both(pausedUntil(desk, 'vi'), pausedUntil(desk, 'en')) : word(now === 'free' ? 'open' : 'closed'));
  }

  function take(next) {
    const fresh = news(next);
    state = next;
    skew = new Date(next.at) - Date.now();
    // A recall replaces its own call in the line; a call that is over is not announced any more.
    pending = pending.filter(still).filter(function (p) { return !fresh.some(function (f) { return f.number === p.number; }); }).concat(fresh);
    turnTop();
    paint();
  }

  // Sound: the service speaks, gong first; never two at once, never what is old, never in muted hours

  let audio = null;
  let speaking = false;
  const count = { chimes: 0, spoken: 0 };

  function tell(what) { count[what] += 1; data[what] = String(count[what]); }

  function muted() {
    const now = clock(Date.now() + skew);
    return !state.board.volume || state.board.muted.some(function (span) {
      const ends = span.split('-');
      return ends[0] <= now && now < ends[1];
    });
  }

  function announce(call) {
    if (data.view === 'door') { return; }
    data.muted = muted() ? 'yes' : 'no';
    if (data.muted === 'yes') { return; }
    tell('chimes');
    soundState();
    if (!audio || audio.state !== 'running') { return; }
    speaking = true;
    let over = false;
    const guard = setTimeout(end, SPEECH_MS);
    function end() {
      if (over) { return; }
      over = true;
      clearTimeout(guard);
      speaking = false;
      turnTop();
    }
    fetch('/board/' + encodeURIComponent(data.office) + '/speech/' + encodeURIComponent(call.counter) + '/' + encodeURIComponent(call.number) + '.wav')
      .then(function (answer) { if (!answer.ok) { throw new Error(String(answer.status)); } return answer.arrayBuffer(); })
      .then(function (bytes) { return new Promise(function (done, failed) { audio.decodeAudioData(bytes, done, failed); }); })
      .then(function (sound) {
        if (over || !still(call)) { end(); return; }
        const source = audio.createBufferSource();
        source.buffer = sound;
        source.onended = function () { source.disconnect(); tell('spoken'); end(); };
        source.connect(loudness());
        source.start();
      })
      .catch(function () { gong(); setTimeout(end, 1500); });
  }

  function loudness() {
    const loud = audio.createGain();
    const share = state.board.volume / 100;
    loud.gain.value = share * share;             // the ear hears in steps, not in shares
    loud.connect(audio.destination);
    return loud;
  }

  // Where no speech comes: two soft notes.
  function gong() {
    if (!audio || audio.state !== 'running') { return; }
    const out = loudness();
    [659.25, 523.25].forEach(function (frequency, n) {
      const begin = audio.currentTime + n * 0.42;
      const tone = audio.createOscillator();
      const loud = audio.createGain();
      tone.type = 'sine';
      tone.frequency.value = frequency;
      loud.gain.setValueAtTime(0.0001, begin);
      loud.gain.exponentialRampToValueAtTime(0.5, begin + 0.03);
      loud.gain.exponentialRampToValueAtTime(0.0001, begin + 1.1);
      tone.connect(loud);
      loud.connect(out);
      tone.start(begin);
      tone.stop(begin + 1.2);
    });
  }

  function soundState() {
    const refused = audio && audio.state !== 'running';
    data.sound = !audio ? 'none' : refused ? 'refused' : 'on';
    $('sound').hidden = !refused || !!(state && !state.board.volume);
  }

  function openSound() {
    const Kind = window.AudioContext || window.webkitAudioContext;
    if (!Kind || data.view === 'door') { return; }
    audio = new Kind();
    audio.onstatechange = soundState;
    soundState();
    ['click', 'keydown', 'touchend'].forEach(function (touch) {
      document.addEventListener(touch, function () { audio.resume().then(soundState); });
    });
  }

  // The stream. EventSource would hide the comment lines that prove the service lives, so the bytes are read here.

  let failures = 0;

  function block(text) {
    const lines = text.split('\n').filter(function (line) { return line.indexOf('data:') === 0; });
    if (lines.length) { take(JSON.parse(lines.map(function (line) { return line.slice(5).replace(/^ /, ''); }).join('\n'))); }
  }

  function listen() {
    const control = new AbortController();
    const began = performance.now();
    const decoder = new TextDecoder();
    let rest = '';
    let last = performance.now();
    const guard = setInterval(function () {
      const now = performance.now();
      if (now - last > staleAfter() || now - began > HOUR_MS) { control.abort(); }
    }, 1000);
    function read(reader) {
      return reader.read().then(function (part) {
        if (part.done) { return undefined; }
        last = performance.now();
        heardAt = last;
        failures = 0;
        const parts = (rest + decoder.decode(part.value, { stream: true })).replace(/\r\n?/g, '\n').split('\n\n');
        rest = parts.pop();
        try { parts.forEach(block); } catch (error) { if (!failedAt) { failedAt = performance.now(); } throw error; }
        age();
        return read(reader);
      });
    }
    fetch(api + '/stream', { headers: { Accept: 'text/event-stream' }, cache: 'no-store', credentials: 'same-origin', signal: control.signal })
      .then(function (answer) {
        if (!answer.ok || !answer.body) { throw new Error(String(answer.status)); }
        return read(answer.body.getReader());
      })
      .catch(function () { failures += 1; })
      .then(function () {
        clearInterval(guard);
        setTimeout(listen, AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)] * (0.7 + Math.random() * 0.6));
      });
  }

  // How old the picture is

  function staleAfter() { return (state ? state.board.stale_seconds : STALE_S) * 1000; }

  function age() {
    const old = heardAt ? performance.now() - heardAt : performance.now();
    const live = heardAt && state && old < staleAfter();
    data.live = live ? 'yes' : heardAt || old >= staleAfter() ? 'no' : 'waiting';
    $('not-live').hidden = data.live !== 'no';
    $('age-seconds').textContent = heardAt ? Math.round(old / 1000) + ' s' : '–';
    $('clock').textContent = state ? clock(Date.now() + skew) : '';   // its own clock may be wrong
  }

  // Half a name helps nobody: where both do not fit, the Vietnamese one stands alone.
  function trimNames() {
    Array.from(document.querySelectorAll('#waiting .name')).forEach(function (name) {
      const en = name.querySelector('.en');
      if (!en) { return; }
      en.hidden = false;
      en.hidden = name.scrollWidth > name.clientWidth + 1;
    });
  }

  function trimAll() { trim('calls'); trim('waiting'); trimNames(); }
  window.addEventListener('resize', trimAll);
  if (document.fonts && document.fonts.addEventListener) { document.fonts.addEventListener('loadingdone', trimAll); }
  // What stands above a list may grow or shrink after it was painted.
  if (window.ResizeObserver) {
    const watch = new ResizeObserver(function () { trimAll(); });
    ['calls', 'waiting'].forEach(function (id) { if ($(id)) { watch.observe($(id)); } });
  }

  // The watchdog: a page that stood still, or that fails at what it is sent, begins anew, but only if the service answers:
  // a board without a service still shows its last picture and says so, and that is better than a browser's error.

  const STILL_MS = 60000;
  const FAILED_MS = 20000;
  let beatAt = performance.now();
  let failedAt = 0;
  let restarting = false;

  function restart() {
    if (restarting) { return; }
    restarting = true;
    fetch(location.href, { cache: 'no-store' })
      .then(function (answer) { if (answer.ok) { location.reload(); } else { throw new Error(String(answer.status)); } })
      .catch(function () { restarting = false; });
  }

  window.addEventListener('error', function (event) { if (event instanceof ErrorEvent && !failedAt) { failedAt = performance.now(); } });
  window.addEventListener('unhandledrejection', function () { if (!failedAt) { failedAt = performance.now(); } });

  function beat() {
    const now = performance.now();
    const stood = now - beatAt > STILL_MS;
    beatAt = now;
    if (stood || (failedAt && now - failedAt > FAILED_MS)) { restart(); }
  }

  openSound();
  listen();
  age();
  setInterval(beat, 1000);
  setInterval(function () { age(); turnTop(); if (data.view === 'desk' && state) { paintDesk(); } }, 1000);
}());
