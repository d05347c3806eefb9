/* Spoken screens: the keys of a keypad choose what is read out. Syntax of 2019. */
(function () {
  'use strict';

  const $ = kiosk.$;
  const data = kiosk.data;
  const t = kiosk.t;

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
        method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ language: kiosk.lang, text: text.slice(0, 1500) }),
      }).then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.arrayBuffer();
      }).then(function (bytes) { return context.decodeAudioData(bytes); }).then(function (samples) {
        if (mine !== asked) { return; }
        playing = context.createBufferSource();
        playing.buffer = samples;
        playing.connect(context.destination);
        playing.onended = function () { playing = null; kiosk.wake(); };
        playing.start();
        document.body.dataset.said = text;
        kiosk.wake();
      }).catch(function () { /* the screen still shows everything */ });
    }
    return { say: say, stop: stop };
  }());

  function options() {
    const section = document.querySelector('[data-screen="' + kiosk.screen + '"]');
    const found = Array.from(section.querySelectorAll('button')).filter(function (b) { return b.offsetParent && !b.disabled && !b.matches('.step, .keypad button, #below'); });
    const first = found.filter(function (b) { return b.matches('.go, .door'); }).concat(found.filter(function (b) { return b.matches('#check-no, #needs *'); }));
    return first.concat(found.filter(function (b) { return first.indexOf(b) < 0; })).slice(0, 9);
  }

  function words(element) { return element.offsetParent ? element.innerText.trim().replace(/\s*\n\s*/g, ', ').replace(/[.,]$/, '') : ''; }

  function speak() {
    if (!kiosk.speaking) { return; }
    const section = document.querySelector('[data-screen="' + kiosk.screen + '"]');
    const parts = Array.from(section.querySelectorAll('h1, p:not(.countdown):not(.code), .slip > div > *, .chosen .what, .chosen .alone')).map(words).filter(Boolean);
    if (kiosk.screen !== 'working') {
      options().forEach(function (b, n) { parts.push(t('press_key', { key: n + 1 }) + ': ' + words(b) + (b.getAttribute('aria-pressed') === 'true' ? ', ' + t('chosen') : '')); });
      parts.push(t(kiosk.screen === 'code' ? 'press_code' : 'press_again'));
    }
    sound.say(parts.join('. '));
  }

  function listen() {
    kiosk.speaking = true;
    document.body.classList.add('speaking');
    kiosk.paintTools();
    speak();
    kiosk.wake();
  }

  function choice(n) {
    const chosen = options()[n - 1];
    if (!n || !chosen) { speak(); return; }
    const before = kiosk.screen;
    chosen.click();
    if (kiosk.screen === before) { speak(); }
  }

  Object.assign(kiosk, { sound: sound, speak: speak, listen: listen, choice: choice });
}());
