-- While only urgent matters are handled in person, all others are had by the way `later`: asked for again when the measure is over.
alter table queue.service_channel drop constraint service_channel_channel_check;
alter table queue.service_channel add constraint service_channel_channel_check
  check (channel in ('in_person', 'online', 'post', 'home', 'later')) not valid;
alter table queue.service_channel validate constraint service_channel_channel_check;
