-- A box asks to be let in like any device, but for one office, and without a browser.
alter table ops.pairing add column office_id integer;  -- of the box that asks; null: a browser
-- squawk-ignore ban-drop-not-null
alter table ops.pairing alter column device drop not null;
