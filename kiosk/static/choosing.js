/* Choosing what one came for, and who comes with what need. Syntax of 2019. */
(function () {
  'use strict';

  const $ = kiosk.$;
  const act = kiosk.act;
  const button = kiosk.button;
  const make = kiosk.make;
  const named = kiosk.named;
  const t = kiosk.t;

  const TILES = 8;                // with a keypad six: more, and the guidance desk, have a key too
  const PRIORITIES = ['elderly', 'disabled', 'pregnant', 'merit'];
  const NEEDS = ['text', 'time', 'guide', 'wheelchair'];

  function fields() {
    const names = [];
    kiosk.services.forEach(function (s) { if (!s.collects && names.indexOf(s.field_vi) < 0) { names.push(s.field_vi); } });
    return names.map(function (name) {
      const within = kiosk.services.filter(function (s) { return !s.collects && s.field_vi === name; });
      return { key: name, services: within, name_vi: name, name_en: within[0].field_en };
    });
  }

  function guidance() { return Boolean(kiosk.office) && kiosk.office.queues.some(function (queue) { return queue.guidance; }); }

  function onlineOnly(service) {
    return (service.channels || []).some(function (c) { return c.mode === 'only' && c.channel !== 'in_person' && c.channel !== 'later'; });
  }

  function firstChoice() {
    const all = fields();
    kiosk.visitor.choosing = all.length === 1 ? 'services' : 'fields';
    kiosk.visitor.field = all.length === 1 ? all[0].key : null;
    paintChoice();
  }

  function paintChoice() {
    const tiles = $('tiles');
    tiles.textContent = '';
    let things;
    if (kiosk.visitor.choosing === 'fields') {
      $('choose-title').textContent = t('fields_title');
      things = fields().map(function (f) {
        return button('tile', named(f), function () { kiosk.visitor.field = f.key; kiosk.visitor.page = 0; kiosk.go('choose'); kiosk.visitor.choosing = 'services'; paintChoice(); });
      });
    } else {
      const collecting = kiosk.visitor.choosing === 'collects';
      $('choose-title').textContent = t(collecting ? 'collect_title' : 'services_title');
      things = kiosk.services.filter(function (s) { return collecting ? s.collects : !s.collects && s.field_vi === kiosk.visitor.field; }).map(function (s) {
        const tile = button('tile', '', function () { choose(s); });
        tile.appendChild(make('span', '', named(s)));
        if (onlineOnly(s)) { tile.appendChild(make('small', 'badge', t('online_only'))); }
        return tile;
      });
    }
    document.querySelector('[data-act="unsure"]').hidden = !guidance();
    const most = kiosk.speaking ? 6 : TILES;
    const pages = Math.ceil(things.length / most);
    $('more').hidden = pages < 2;
    things.slice((kiosk.visitor.page % Math.max(1, pages)) * most, (kiosk.visitor.page % Math.max(1, pages)) * most + most).forEach(function (tile) { tiles.appendChild(tile); });
  }

  function choose(service) {
    if (!kiosk.visitor.chosen.some(function (c) { return c.service.service === service.service; })) { kiosk.visitor.chosen.push({ service: service, quantity: 1 }); }
    kiosk.go('confirm');
  }

  function stepper(value, least, most, labels, set) {
    const parts = document.createDocumentFragment();
    const down = button('step', '−', function () { set(Math.max(least, value - 1)); });
    down.disabled = value <= least;
    down.setAttribute('aria-label', labels[0]);
    const up = button('step', '+', function () { set(Math.min(most, value + 1)); });
    up.disabled = value >= most;
    up.setAttribute('aria-label', labels[1]);
    const number = make('output', '', String(value));
    [down, number, up].forEach(function (part) { parts.appendChild(part); });
    return parts;
  }

  function paintConfirm() {
    const list = $('chosen');
    list.textContent = '';
    if (!kiosk.visitor.chosen.length) { list.appendChild(make('li', 'alone', t('guidance'))); }
    kiosk.visitor.chosen.forEach(function (c) {
      const item = make('li');
      item.appendChild(make('span', 'what', named(c.service)));
      const count = make('span', 'stepper small');
      count.setAttribute('role', 'group');
      count.setAttribute('aria-label', t('copies') + ': ' + named(c.service));
      count.appendChild(stepper(c.quantity, 1, 100, [t('fewer'), t('larger')], function (n) { c.quantity = n; paintConfirm(); }));
      item.appendChild(count);
      if (kiosk.visitor.chosen.length > 1) {
        const remove = button('step', '×', function () { kiosk.visitor.chosen.splice(kiosk.visitor.chosen.indexOf(c), 1); paintConfirm(); });
        remove.setAttribute('aria-label', t('remove') + ': ' + named(c.service));
        item.appendChild(remove);
      }
      list.appendChild(item);
    });
    $('add-service').hidden = !kiosk.visitor.chosen.length || kiosk.visitor.chosen.length >= 5;

    $('party').textContent = '';
    $('party').appendChild(stepper(kiosk.visitor.party, 1, (kiosk.office && kiosk.office.largest_party) || 5, [t('fewer'), t('larger')], function (n) { kiosk.visitor.party = n; paintConfirm(); }));

    $('priority').textContent = '';
    [''].concat(PRIORITIES).forEach(function (p) {
      $('priority').appendChild(option(t('priority_' + (p || 'none')), kiosk.visitor.priority === p, function () { kiosk.visitor.priority = p; paintConfirm(); }));
    });
    $('needs').textContent = '';
    const checking = Boolean(kiosk.door().entry_check);
    $('check-ask').hidden = !checking;
    $('check-ask-question').textContent = checking ? kiosk.question() : '';
    $('check-no').hidden = !checking;
    document.querySelector('[data-act="take_number"]').textContent = t(checking ? 'check_take_number' : 'take_number');
    NEEDS.forEach(function (n) {
      const at = kiosk.visitor.needs.indexOf(n);
      $('needs').appendChild(option(t('needs_' + n), at >= 0, function () { if (at >= 0) { kiosk.visitor.needs.splice(at, 1); } else { kiosk.visitor.needs.push(n); } paintConfirm(); }));
    });
    kiosk.lookBelow();
  }

  function option(text, pressed, act) {
    const element = button('option', text, act);
    element.setAttribute('aria-pressed', String(pressed));
    return element;
  }

  Object.assign(kiosk, { choose: choose, fields: fields, firstChoice: firstChoice, paintChoice: paintChoice, paintConfirm: paintConfirm });
}());
