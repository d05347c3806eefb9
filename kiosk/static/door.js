/* What the kiosk asks the door: to let in, to let out, a number; and the entry check before. Syntax of 2019. */
(function () {
  'use strict';

  const $ = kiosk.$;
  const data = kiosk.data;
  const exiting = kiosk.exiting;
  const freshId = kiosk.freshId;
  const t = kiosk.t;

  // `how`: the phone beside the last four digits, the word that the check was passed, whether a reader read it.
  function arrive(ticket, how) {
    const said = how || {};
    const id = freshId();
    kiosk.visitor = kiosk.empty();
    if (exiting) { leave(ticket, said.scanned); return; }
    const json = { scan_id: id, ticket: ticket, phone: said.phone || '', checked: Boolean(said.checked) };
    kiosk.send({ id: id, path: '/arrivals', json: json, answered: function (answer) {
      if (said.scanned && answer.status < 300) { kiosk.read(answer.json.decision !== 'invalid'); }
      if (answer.json.reason === 'check_needed') { check(function () { arrive(ticket, Object.assign({}, said, { checked: true })); }); } else { kiosk.result(answer); }
    } });
  }

  // The entry check, where the office asks for it: the answer goes no further than this screen

  let goOn = null;

  function door() { return (kiosk.office && kiosk.office.door) || {}; }

  function check(next) { goOn = next; kiosk.show('check'); }

  function passed() { if (goOn) { goOn(); } }

  function question() { return door()['question_' + kiosk.lang] || door().question_vi || t('check_question'); }

  function paintCheck() { $('check-question').textContent = question(); }

  function notPassed() {
    kiosk.send({ id: freshId(), path: '/entry-checks', json: {}, answered: function (answer) {
      kiosk.shown = { decision: 'not_passed', headline: 'not_passed', message: answer.json.message || '', call: answer.json.phone || '', book: answer.status < 300 ? answer.json : null, noted: '' };
      kiosk.show('result');
    } });
  }

  function leave(ticket, scanned) {
    const area = data.area || (kiosk.office && kiosk.office.areas[0] && kiosk.office.areas[0].area) || (kiosk.board && kiosk.board.areas[0] && kiosk.board.areas[0].area);
    kiosk.send({
      id: freshId(), path: '/areas/' + encodeURIComponent(area) + '/exits', json: { ticket: ticket },
      answered: function (answer) {
        if (scanned) { kiosk.read(answer.status !== 404); }
        if (answer.status === 404 && /[^0-9 ]/.test(ticket)) { kiosk.tell('no_code'); return; }
        kiosk.result(answer.status < 300 ? { status: 200, json: { decision: 'exit' } } : answer);
      },
    });
  }

  function takeNumber() {
    if (door().one_number && !kiosk.visitor.card && !kiosk.visitor.phone) { kiosk.type('person'); return; }
    const id = freshId();
    const json = {
      checked: Boolean(door().entry_check), name: kiosk.visitor.name, person: door().one_number ? kiosk.visitor.card || kiosk.visitor.phone : '',
      says_booked: kiosk.visitor.saysBooked, walk_in_id: id, party_size: kiosk.visitor.party, priority: kiosk.visitor.priority, needs: kiosk.visitor.needs, language: kiosk.lang,
      services: kiosk.visitor.chosen.map(function (c) { return { service: c.service.service, quantity: c.quantity }; }),
    };
    const kept = kiosk.visitor;
    kiosk.send({ id: id, path: '/walk-ins', json: json, answered: function (answer) {
      const why = answer.json.reason;
      // The office's rules changed since this page learned them.
      if (why === 'check_needed' || why === 'person_needed') { kiosk.visitor = kept; kiosk.learn().then(function () { kiosk.show('confirm'); }); } else { kiosk.result(answer); }
    } });
  }

  Object.assign(kiosk, { arrive: arrive, door: door, question: question, paintCheck: paintCheck, passed: passed, notPassed: notPassed, takeNumber: takeNumber });
}());
