/* A device's page says every few seconds that it lives: where it stands, whether its picture is live, and what its clock
   says. Staff are told of one that falls silent. Syntax of 2019: boards run it too. */
(function () {
  'use strict';

  const EVERY_MS = 8000;
  const me = document.currentScript.dataset;
  const started = new Date().toISOString();
  let told = null;

  function beat() {
    const live = document.body.dataset.live;
    const body = { office: me.office, page: me.page, version: me.version, started_at: started, clock: new Date().toISOString() };
    if (me.counter) { body.counter = me.counter; }
    if (live === 'no') { body.problem = 'not_live'; } else if (document.body.dataset.trouble) { body.problem = document.body.dataset.trouble; }
    if (me.screen && live !== 'yes') { return; }      // a screen that has no sign-in: its silence says so
    const path = me.screen ? '/api/v1/offices/' + encodeURIComponent(me.office) + '/screens/' + encodeURIComponent(me.screen) : '/api/v1/devices/me/heartbeat';
    fetch(path, {
      method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(me.screen ? { view: me.page, version: me.version } : body),
    }).then(function (answer) { return answer.ok ? answer.json() : null; }).then(function (alive) {
      // A page of staff shows the devices in trouble: it is painted anew when they change.
      const troubled = alive && alive.troubled ? alive.troubled.join() : told;
      if (told !== null && troubled !== told && window.refreshStaff) { window.refreshStaff(); }
      told = troubled;
    }).catch(function () { /* silence is what staff are told of */ });
  }

  setTimeout(beat, me.screen ? 1500 : 0);
  setInterval(beat, EVERY_MS);
}());
