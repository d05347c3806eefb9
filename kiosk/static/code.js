/* What is typed: the code, the phone and the code's end; and what a citizen card fills in. Syntax of 2019. */
(function () {
  'use strict';

  const $ = kiosk.$;
  const act = kiosk.act;
  const exiting = kiosk.exiting;
  const grouped = kiosk.grouped;
  const t = kiosk.t;

  const LENGTHS = { code: 10, phone: 11, last: 4, person: 11 };

  function paintCode() {
    const typing = kiosk.visitor.typing;
    $('code-title').textContent = t(typing + '_title');
    $('code-hint').textContent = t(typing + '_hint');
    $('by-phone').hidden = typing !== 'code' || exiting;
    $('code').textContent = !kiosk.visitor.code ? '–' : typing === 'code' ? grouped(kiosk.visitor.code) : kiosk.visitor.code;
    $('code').classList.toggle('hint', !kiosk.visitor.code);
  }

  function digit(d) {
    if (kiosk.screen === 'start' || kiosk.screen === 'exit') { type('code'); }
    if (kiosk.screen !== 'code' || kiosk.visitor.code.length >= LENGTHS[kiosk.visitor.typing]) { return; }
    kiosk.visitor.code += d;
    paintCode();
    if (kiosk.speaking) { kiosk.sound.say(d); }
    if ((kiosk.visitor.typing === 'code' || kiosk.visitor.typing === 'last') && kiosk.visitor.code.length === LENGTHS[kiosk.visitor.typing]) { submit(); }
  }

  function type(what) {
    kiosk.visitor.code = '';
    kiosk.visitor.typing = what;
    if (kiosk.screen === 'code') { kiosk.show('code'); } else { kiosk.go('code'); }
  }

  function submit() {
    const text = kiosk.visitor.code;
    if (!text) { return; }
    if (kiosk.visitor.typing === 'code') { kiosk.arrive(text); return; }
    if (kiosk.visitor.typing === 'last') { kiosk.arrive(text, { phone: kiosk.visitor.phone }); return; }
    if (text.length < 9) { $('code-hint').textContent = t('phone_short'); return; }
    kiosk.visitor.phone = text;
    if (kiosk.visitor.typing === 'phone') { type('last'); } else { kiosk.takeNumber(); }
  }

  // A citizen card proves nothing and fills in the name; its number goes to the service only where one person gets one number.
  function card(text) {
    const fields = text.split('|');
    const name = (fields[2] || '').trim();
    const taking = kiosk.screen === 'choose' || kiosk.screen === 'confirm' || (kiosk.screen === 'code' && kiosk.visitor.typing === 'person');
    if (exiting) { kiosk.tell('no_code'); return; }
    if (!taking) { kiosk.start(); }
    kiosk.visitor.card = /^[0-9]{9,12}$/.test(fields[0]) ? fields[0] : '';
    // What a keyboard's Vietnamese typing has spoilt is no name any more.
    kiosk.visitor.name = /^[\p{L}\p{M}' .-]{2,100}$/u.test(name) ? name : '';
    if (kiosk.screen === 'code') { kiosk.takeNumber(); } else if (taking) { kiosk.show(kiosk.screen); } else { act.walk_in(); }
  }

  Object.assign(kiosk, { card: card, digit: digit, paintCode: paintCode, submit: submit, type: type });
}());
