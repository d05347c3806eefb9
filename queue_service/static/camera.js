// Reads QR codes by a camera or from a photo: the browser does it where it can, else the service
// does. No picture is kept by either. For every page that has a door in its hand.
//
//   QrCamera.possible()                    false over plain http: then only a photo is left,
//   QrCamera.photos()                      where the system takes one for <input type=file capture>
//   QrCamera.watch(video, address, told)   → { stop }; told.found(texts), told.failed(why)
//   QrCamera.read(file, address)           → a promise of the texts on a photo
//
// The video's data-facing says which camera: "user", else "environment"; its data-every how often it is looked at, in ms. `address` is the office's /api/v1/offices/…/scans. `why` is 'refused' (somebody or the system
// forbids the camera), 'none' (there is no camera) or 'away' (the service does not answer).
'use strict';

const QrCamera = (function () {
  const EVERY_MS = 300;
  const SLOWER_MS = 1500;         // when the service is busy or away
  const AGAIN_MS = 3000;          // the same code still in the picture says nothing new
  const FRAME = 960;              // long side of a frame that is sent
  const PHOTO = 1600;             // and of a photo

  let reader;                     // the browser's own, or null

  async function ownReader() {
    if (reader === undefined) {
      reader = null;
      try {
        const kinds = await BarcodeDetector.getSupportedFormats();
        if (kinds.indexOf('qr_code') >= 0) { reader = new BarcodeDetector({ formats: ['qr_code'] }); }
      } catch (error) {
        // This browser has none.
      }
    }
    return reader;
  }

  function jpeg(source, width, height, longest) {
    const scale = Math.min(1, longest / Math.max(width, height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    canvas.getContext('2d').drawImage(source, 0, 0, canvas.width, canvas.height);
    return new Promise(function (done) { canvas.toBlob(done, 'image/jpeg', 0.75); });
  }

  async function ask(address, picture) {
    const answer = await fetch(address, { method: 'POST', credentials: 'same-origin', body: picture });
    if (!answer.ok) {
      const problem = await answer.json().catch(function () { return {}; });
      const error = new Error(problem.detail || String(answer.status));
      error.status = answer.status;
      throw error;
    }
    return (await answer.json()).texts;
  }

  async function ownTexts(source) {
    const own = await ownReader();
    if (!own) { return null; }
    try {
      return (await own.detect(source)).map(function (code) { return code.rawValue; });
    } catch (error) {
      reader = null;              // it promised and cannot: the service does it from now on
      return null;
    }
  }

  function possible() {
    return Boolean(window.isSecureContext && navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
  }

  // Elsewhere a file field opens the files of the machine, which are nobody's business at a door.
  function photos() {
    return /Android|iPhone|iPad|iPod/.test(navigator.userAgent)
      || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
  }

  function watch(video, address, told) {
    let stopped = false;
    let stream = null;
    let timer = 0;
    let last = '';
    let lastAt = 0;

    function stop() {
      stopped = true;
      clearTimeout(timer);
      if (stream) { stream.getTracks().forEach(function (track) { track.stop(); }); }
      video.srcObject = null;
    }

    async function look() {
      const every = Number(video.dataset.every) || EVERY_MS;
      if (document.hidden || !video.videoWidth) { return every; }
      let texts = await ownTexts(video);
      if (!texts) {
        try {
          texts = await ask(address, await jpeg(video, video.videoWidth, video.videoHeight, FRAME));
        } catch (error) {
          if (!stopped && error.status !== 429) { told.failed('away'); }
          return SLOWER_MS;
        }
      }
      if (stopped || !texts.length) { return every; }
      const text = texts.join('\n');
      if (text === last && Date.now() - lastAt < AGAIN_MS) { lastAt = Date.now(); return every; }
      last = text;
      lastAt = Date.now();
      told.found(texts);
      return every;
    }

    async function round() {
      const wait = await look();
      if (!stopped) { timer = setTimeout(round, wait); }
    }

    navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: video.dataset.facing || 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } },
    }).then(function (opened) {
      stream = opened;
      if (stopped) { stop(); return; }
      video.srcObject = stream;
      video.muted = true;
      video.setAttribute('playsinline', '');
      video.play().catch(function () { /* it plays as soon as it may */ });
      round();
    }).catch(function (error) {
      if (!stopped) { told.failed(error.name === 'NotAllowedError' ? 'refused' : 'none'); }
    });
    return { stop: stop };
  }

  async function read(file, address) {
    let picture = file;
    if (window.createImageBitmap) {
      try {
        const drawn = await createImageBitmap(file);
        const texts = await ownTexts(drawn);
        if (texts && texts.length) { return texts; }
        picture = await jpeg(drawn, drawn.width, drawn.height, PHOTO);
      } catch (error) {
        picture = file;           // a kind this browser cannot draw: the service judges it
      }
    }
    return ask(address, picture || file);
  }

  return { possible: possible, photos: photos, watch: watch, read: read };
}());
