/* The scanner types like a keyboard: any suffix, any speed, whatever has the focus. Syntax of 2019. */
(function () {
  'use strict';

  const $ = kiosk.$;
  const act = kiosk.act;

  const SCAN_PAUSE_MS = 150;      // a scanner types faster than this, a finger slower
  const LINK_PAUSE_MS = 900;      // a slow scanner in the middle of a link gets this long
  const CODE_DIGITS = 10;

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

  // `ended`: it said so itself, by its suffix. A pause alone may be one in the middle of a code: what has come goes on the
  // keypad, and the rest joins it there.
  function endOfTyping(ended) {
    clearTimeout(typedTimer);
    const text = typed;
    typed = '';
    if (!text) { return false; }
    const whole = text.trim();
    if (whole === '*') { if (kiosk.speaking) { kiosk.start(); } kiosk.listen(); return true; }
    if (whole === '+' && kiosk.speaking) { kiosk.callHelp(); return true; }
    if (whole.length >= (ended ? 8 : CODE_DIGITS) || /[^0-9]/.test(whole) && whole.length > 2) {
      suffixUntil = Date.now() + 600;
      scanned(whole);
      return true;
    }
    whole.replace(/[^0-9]/g, '').split('').forEach(function (d) {
      if (kiosk.speaking && kiosk.screen !== 'code') { kiosk.choice(Number(d)); } else { kiosk.digit(d); }
    });
    return false;
  }

  // Whatever came down the cable ends on a screen that says what to do; nobody's code goes unnoticed.
  function scanned(text) {
    if (kiosk.screen === 'signed_out') { return; }
    if (kiosk.screen === 'working') { kiosk.second = true; return; }
    if (text.split('|').length > 5) { read(true); kiosk.card(text); return; }
    if ((text.match(/https?:/gi) || []).length > 1 || /^[0-9]{20,}$/.test(text.replace(/\s/g, ''))) { read(false); kiosk.tell('two_codes'); return; }
    if (kiosk.screen === 'code' && kiosk.visitor.typing !== 'code' && /^[0-9]{8,11}$/.test(text)) { kiosk.visitor.code = text; kiosk.submit(); return; }
    kiosk.turn += 1;
    kiosk.arrive(text, { scanned: true });
  }

  // Once a code cannot be read by chance. Again and again, with none that can between, the reader is at fault: the device's
  // word of life tells staff. It is forgotten after a while, for nobody may have come since.

  const BAD_IN_A_ROW = 2;
  const FORGET_MS = 600000;
  let bad = 0;
  let forget = 0;

  function read(well) {
    clearTimeout(forget);
    bad = well ? 0 : bad + 1;
    document.body.dataset.trouble = bad >= BAD_IN_A_ROW ? 'scanner' : '';
    if (bad) { forget = setTimeout(function () { read(true); }, FORGET_MS); }
  }

  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey) { return; }
    const key = letter(event);
    const space = key === ' ' && !typed;      // a space alone presses the focused button
    if (key && !space) {
      event.preventDefault();
      typed += key;
      if (kiosk.screen !== 'working') { kiosk.wake(); }
      clearTimeout(typedTimer);
      typedTimer = setTimeout(function () { endOfTyping(false); }, /^h/i.test(typed) ? LINK_PAUSE_MS : SCAN_PAUSE_MS);
      return;
    }
    if (event.key === 'Enter' && !typed && kiosk.screen === 'code' && kiosk.visitor.code) { event.preventDefault(); kiosk.submit(); return; }
    if (event.key === 'Backspace' && kiosk.screen === 'code') { act.delete(); return; }
    if (event.key === 'Escape') { kiosk.start(); return; }
    if (event.key === 'Enter' || event.key === 'Tab') {
      const after = Date.now() < suffixUntil;
      if (endOfTyping(true) || after) { event.preventDefault(); return; }
      kiosk.wake();
    }
  }, true);

  Object.assign(kiosk, { scanned: scanned, read: read });
}());
