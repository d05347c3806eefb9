/* What the door says, and what becomes of the slip. Syntax of 2019. */
(function () {
  'use strict';

  const $ = kiosk.$;
  const PAUSES_MS = kiosk.PAUSES_MS;
  const act = kiosk.act;
  const button = kiosk.button;
  const clock = kiosk.clock;
  const day = kiosk.day;
  const freshId = kiosk.freshId;
  const grouped = kiosk.grouped;
  const make = kiosk.make;
  const pause = kiosk.pause;
  const post = kiosk.post;
  const t = kiosk.t;
  const texts = kiosk.texts;

  const UNREAD = ['cut', 'foreign', 'part', 'two', 'empty', 'keyboard', 'case'];    // nothing is said against such a code
  const ICONS = { enter: 'enter', already_in: 'enter', exit: 'enter', wait_outside: 'wait', come_back: 'wait', too_early: 'wait' };

  function result(answer) {
    if (answer.status >= 400) {
      kiosk.shown = { decision: 'refused', message: answer.json.detail || answer.json.title || '' };
    } else {
      kiosk.shown = answer.json;
    }
    kiosk.shown.noted = kiosk.second ? 'second_again' : '';
    kiosk.second = false;
    // A slip is printed here, once the number is known: shown.visit.slip is 'pending' until the service hears slipWord().
    // Who booked in English is answered in English, whatever the visitor before had chosen.
    const speaks = kiosk.shown.visit && kiosk.shown.visit.language;
    const changed = kiosk.task && kiosk.task.path === '/arrivals' && texts[speaks] && speaks !== kiosk.lang;
    if (changed) { kiosk.lang = speaks; }
    const mine = kiosk.turn;
    window.slips.print(kiosk.shown, post, freshId, function () { if (mine === kiosk.turn && kiosk.screen === 'result') { kiosk.wake(); paintResult(); } });
    kiosk.show('result');
    if (changed) { retell(); }
  }

  // The same question again, with the same id, is answered the same, only in the other language.
  function retell() {
    const mine = kiosk.turn;
    if (!kiosk.task || !kiosk.shown || !kiosk.shown.message) { return; }
    post(kiosk.task.path, kiosk.task).then(function (answer) {
      if (mine !== kiosk.turn || kiosk.screen !== 'result' || answer.status >= 400 || (answer.json.decision || 'not_passed') !== kiosk.shown.decision) { return; }
      kiosk.shown.message = answer.json.message;
      paintResult();
    }).catch(function () { /* the words stay in the other language */ });
  }

  function paintResult() {
    const answer = kiosk.shown;
    const visit = answer.visit || {};
    const number = answer.number || visit.number;
    const unheard = answer.reason === 'service_needed';
    const unread = UNREAD.indexOf(answer.reason) >= 0;
    const verdict = unheard ? 'come_back' : answer.reason === 'one_number' ? 'has_number' : unread ? 'not_read' : answer.decision;
    $('verdict').className = 'verdict ' + verdict;
    $('verdict-icon').setAttribute('href', '#i-' + (ICONS[verdict] || 'stop'));
    $('headline').textContent = t(answer.headline || (unheard ? 'unheard' : verdict === 'exit' ? 'exit_done' : verdict));
    $('message').textContent = answer.hint ? t(answer.hint) : answer.message || '';

    const code = answer.code || (number || answer.come_back ? visit.code : '');
    // The public address may not be reachable from this network; the picture comes from here.
    const link = answer.qr_url || (answer.ticket_url ? answer.ticket_url + '/qr.png' : '');
    const picture = link && new URL(link, location.href).pathname;
    $('slip').textContent = '';
    if (answer.come_back) {
      piece('window', t('window'), strong(clock(answer.come_back.starts_at) + ' – ' + clock(answer.come_back.ends_at)), day(answer.come_back.starts_at));
    }
    if (number) { piece('number', t('your_number'), strong(number), typeof visit.ahead === 'number' && (visit.ahead ? t('ahead', { count: visit.ahead }) : t('next'))); }
    if (code && (picture || answer.come_back)) { piece('qr', picture && qr(picture), t('your_code'), strong(grouped(code)), picture && t('photo')); }
    if (answer.call) { piece('window', t('hotline'), strong(answer.call.replace(/^\+84/, '0'))); }
    if (answer.book) { piece('qr', t('book_online'), qr(answer.book.book_qr), make('span', 'address', answer.book.book_url.replace(/^https?:\/\//, ''))); }

    const print = answer.print || '';
    $('noted').textContent = answer.noted ? t(answer.noted) : print ? t(print === 'failed' ? 'print_failed' : print) : '';
    $('noted').classList.toggle('failed', !answer.noted && print === 'failed');
    const answers = $('answers');
    answers.textContent = '';
    const open = !answer.noted || answer.noted === 'second_again';
    const pending = number && visit.visit_id && open && (visit.slip === 'pending' || visit.slip === 'unconfirmed');
    if (print === 'printing') { return; }
    if (print === 'printed' && open) {
      answers.appendChild(button('wide go', t('done'), kiosk.start));
      answers.appendChild(button('wide soft', t('no_slip'), function () { answer.print = 'failed'; visit.slip = 'pending'; kiosk.wake(); paintResult(); }));
    } else if (pending) {
      answers.appendChild(button('wide go', t('noted'), function () { slipWord('phone', 'noted_done'); }));
      answers.appendChild(button('wide soft', t('not_noted'), function () { slipWord('failed', 'not_noted_done'); }));
    } else {
      if (answer.offer === 'walk_in' && !number) { answers.appendChild(button('wide go', t('offer_walk_in'), function () { offerWalkIn(visit); })); }
      if (answer.facts && answer.facts.says_booked) { answers.appendChild(button('wide go', t('say_service'), function () { sayService(answer.facts.says_booked); })); }
      if (verdict === 'not_read' || verdict === 'invalid') { answers.appendChild(button('wide go', t('type_code'), typeCode)); }
      answers.appendChild(button('wide soft', t('done'), kiosk.start));
    }
  }

  function piece(className) {
    const card = make('div', className);
    Array.from(arguments).slice(1).filter(Boolean).forEach(function (part) { card.appendChild(typeof part === 'string' ? make('span', '', part) : part); });
    $('slip').appendChild(card);
  }

  function strong(text) { return make('strong', '', text); }

  function qr(source) {
    const image = make('img');
    image.src = source;
    image.alt = 'QR';
    return image;
  }

  function slipWord(word, text) {
    const mine = kiosk.turn;
    const visit = kiosk.shown.visit.visit_id;
    const body = { id: freshId(), json: { slip: word } };
    kiosk.shown.noted = text;
    kiosk.wake();
    paintResult();
    // With no word the number becomes callable by itself, so a lost answer here needs no screen of its own.
    (function round(n) {
      post('/visits/' + visit + '/slip', body).catch(function () { if (n < PAUSES_MS.length) { pause(PAUSES_MS[n]).then(function () { round(n + 1); }); } })
        .then(function () { if (mine === kiosk.turn) { kiosk.wake(); } });
    }(0));
  }

  function typeCode() {
    kiosk.visitor = kiosk.empty();
    kiosk.type('code');
  }

  // The code of a booking of which the office's machine has not heard, its line being cut.
  function sayService(code) {
    kiosk.visitor = kiosk.empty();
    kiosk.shown = null;
    kiosk.visitor.saysBooked = code;
    act.walk_in();
  }

  function offerWalkIn(visit) {
    const wanted = (visit.services || []).map(function (s) {
      return { service: kiosk.services.find(function (known) { return known.service === s.service; }), quantity: s.quantity || 1 };
    }).filter(function (c) { return c.service; });
    kiosk.visitor = kiosk.empty();
    kiosk.shown = null;
    kiosk.visitor.chosen = wanted;
    kiosk.visitor.party = visit.party_size || 1;
    kiosk.visitor.priority = visit.priority || '';
    kiosk.visitor.needs = (visit.needs || []).slice();
    if (wanted.length) { kiosk.show('confirm'); } else { act.walk_in(); }
  }

  Object.assign(kiosk, { paintResult: paintResult, result: result, retell: retell });
}());
