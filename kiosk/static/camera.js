/* The camera as a reader: while a code is asked for, and at the exit all the time. Syntax of 2019. */
(function () {
  'use strict';

  const $ = kiosk.$;
  const api = kiosk.api;

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

  // At the exit it looks on from one visitor to the next: what was read stays known, and is not read twice.
  function aim() {
    const at = $(kiosk.exiting ? 'exit-camera' : 'code-camera');
    if ($('camera').parentNode !== at) { at.appendChild($('camera')); at.appendChild($('photo')); }
    const wanted = kiosk.exiting ? kiosk.screen !== 'signed_out' : kiosk.screen === 'code';
    if (wanted) { openCamera(); } else { closeCamera(); }
  }

  function closeCamera() {
    if (camera) { camera.stop(); camera = null; }
    $('camera').hidden = true;
  }

  function seen(texts) {
    if (kiosk.screen === 'working') { kiosk.second = true; return; }
    if (texts.length > 1) { tell('two_codes'); return; }
    if (!texts.length) { tell('no_code'); return; }
    kiosk.scanned(texts[0]);
  }

  // Nothing was asked of the service, so there is nothing to undo: the kiosk only says what to do.
  function tell(key) {
    kiosk.turn += 1;
    kiosk.visitor = kiosk.empty();
    kiosk.task = null;
    kiosk.shown = { decision: 'not_read', headline: key, hint: key + '_hint', noted: '' };
    kiosk.show('result');
  }

  $('video').addEventListener('playing', function () { if (camera) { $('camera').hidden = false; } });
  $('photo-file').addEventListener('change', function () {
    const file = this.files[0];
    this.value = '';
    if (!file) { return; }
    const mine = kiosk.turn;
    kiosk.show('working');
    QrCamera.read(file, scans).then(function (texts) { if (mine === kiosk.turn) { kiosk.show(kiosk.exiting ? 'exit' : 'code'); seen(texts); } }, function (error) {
      if (mine !== kiosk.turn) { return; }
      if (error.status === 401 || error.status === 403) { kiosk.show('signed_out'); } else if (error.status) { tell('no_code'); } else { kiosk.show('away'); }
    });
  });

  Object.assign(kiosk, { aim: aim, tell: tell });
}());
