/* For everybody: larger, plainer, or a human being. Syntax of 2019. */
(function () {
  'use strict';

  const $ = kiosk.$;
  const PAUSES_MS = kiosk.PAUSES_MS;
  const freshId = kiosk.freshId;
  const pause = kiosk.pause;
  const post = kiosk.post;
  const t = kiosk.t;

  const ASK_MS = 3000;            // so often it is asked whether somebody comes
  const ALONE_MS = 120000;        // nobody answered for that long: the visitor is told what else to do
  const TOLD_MS = 60000;

  function paintTools() {
    [['large', 'large'], ['contrast', 'contrast'], ['listen', 'speaking']].forEach(function (tool) {
      document.querySelector('[data-act="' + tool[0] + '"]').setAttribute('aria-pressed', String(document.body.classList.contains(tool[1])));
    });
  }

  // Who called is told what becomes of it, on whatever screen they stand by then.

  let word = '';                  // what the foot of the screen says of the call
  let asked = 0;                  // moves with every call: only the latest is spoken of

  function say(key, ms) {
    const mine = asked;
    word = key;
    paintHelp();
    if (kiosk.speaking && key !== 'working') { kiosk.sound.say(t(key)); }
    if (ms) { setTimeout(function () { if (mine === asked && word === key) { word = ''; paintHelp(); } }, ms); }
  }

  function paintHelp() {
    $('helped').textContent = word ? t(word) : '';
    $('helped').dataset.word = word;
  }

  function callHelp() {
    const body = { id: freshId(), json: {} };
    const mine = asked += 1;
    say('working');
    (function round(n) {
      post('/help', body).then(function (answer) {
        if (mine !== asked) { return; }
        if (answer.status >= 300) { say('helped_not', TOLD_MS); return; }
        say('helped');
        listenFor(answer.json.help_id, mine);
      }, function () {
        if (mine !== asked) { return; }
        if (n < 2) { pause(PAUSES_MS[n]).then(function () { round(n + 1); }); } else { say('helped_not', TOLD_MS); }
      });
    }(0));
  }

  function listenFor(helpId, mine) {
    const since = Date.now();
    (function round() {
      pause(ASK_MS).then(function () { return mine === asked ? kiosk.get('/help/' + helpId) : null; }).then(function (call) {
        if (!call || mine !== asked) { return; }
        if (call.answered_at) { say('helped_coming', TOLD_MS); return; }
        if (Date.now() - since > ALONE_MS) { say('helped_alone', TOLD_MS); return; }
        round();
      }, round);
    }());
  }

  Object.assign(kiosk, { callHelp: callHelp, paintHelp: paintHelp, paintTools: paintTools });
}());
