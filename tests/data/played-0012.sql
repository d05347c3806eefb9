-- A morning at one office, as the service wrote it when 0012 was its last table file: for tests/test_upgrade.py. Made-up people.
INSERT INTO ops.office VALUES
	('office-d4784432ae35', 3434);
INSERT INTO queue.office VALUES
	(3434, 'office-d4784432ae35', 'office', 'Văn phòng thử', 'Test office', '{}', '{}', '24 Trần Phú, Đà Nẵng', '24 Tran Phu, Da Nang', '+842361022', 'Asia/Ho_Chi_Minh', 6, 30, 15, 10, 15, 15, 2, 5, 2, 'none', 'keep', 3, 3, 15, 2, 10, 45, 5, 30, false, 30, NULL, NULL);
INSERT INTO queue.area VALUES
	(3434, 'hall', 'Sảnh', 'Hall', 0, false);
INSERT INTO queue.area_state VALUES
	(3434, 'hall', NULL, NULL, NULL, NULL, 0);
INSERT INTO queue.cap VALUES
	(3434, 'hall', 'present', 'area:hall', 20, 'everyone', 'clock', '-infinity', 'infinity'),
	(3434, 'desk', 'present', 'counter:*', 2, 'everyone', 'clock', '-infinity', 'infinity'),
	(3434, 'hour', 'hour', 'queue:*', 10, 'everyone', 'clock', '-infinity', 'infinity');
INSERT INTO queue.chance VALUES
	(3434, '57522a1e-0a1f-468c-907e-44a72afa54b8');
INSERT INTO queue.counter VALUES
	(3434, '1', 'hall', 'Quầy 1', 'Counter 1', 'Tầng 1', 'Ground floor', '{justice}', 0, false),
	(3434, '2', 'hall', 'Quầy 2', 'Counter 2', 'Tầng 1', 'Ground floor', '{justice}', 1, false),
	(3434, '3', 'hall', 'Quầy 3', 'Counter 3', 'Tầng 1', 'Ground floor', '{permits}', 2, false);
INSERT INTO queue.counter_state VALUES
	(3434, '2', 'closed', NULL, '', NULL, ''),
	(3434, '3', 'closed', NULL, '', NULL, ''),
	(3434, '1', 'open', '2026-03-31 01:00:00+00', '', NULL, 'clerk:test');
INSERT INTO queue.event VALUES
	(3434, 1, '2019-01-01 00:00:00+00', 'test', 'imported', NULL, '{"created": true}'),
	(3434, 2, '2026-03-31 01:00:00+00', 'clerk:test', 'counter open', NULL, '{"until": null, "reason": "", "counter": "1"}'),
	(3434, 3, '2026-03-31 01:12:00+00', 'web', 'waits', '5b7ca6af-3a00-4ceb-8087-08a235a7c384', '{"waiting_id": "002e06c1-0303-4c83-9ae3-a49802337d23"}');
INSERT INTO queue.fairness VALUES
	(3434, '', 1, false, 10, 3, 5, 10, 60, '08:00:00', '10:00:00');
INSERT INTO queue.job VALUES
	(3434, 'ec9af859-dcf5-4dee-99e9-5476a7a141db', 'confirmation', 'ec9af859-dcf5-4dee-99e9-5476a7a141db', '{}', '2026-03-31 00:00:00+00', 0, NULL, NULL, '', 0),
	(3434, '70036cab-91f3-4817-8d3d-e59a2c087905', 'confirmation', '70036cab-91f3-4817-8d3d-e59a2c087905', '{}', '2026-03-31 00:00:00+00', 0, NULL, NULL, '', 0),
	(3434, '6a232fe9-c5bf-4aa0-ad25-e24aac1ab804', 'confirmation', '6a232fe9-c5bf-4aa0-ad25-e24aac1ab804', '{}', '2026-03-31 00:00:00+00', 0, NULL, NULL, '', 0),
	(3434, '5b7ca6af-3a00-4ceb-8087-08a235a7c384', 'confirmation', '5b7ca6af-3a00-4ceb-8087-08a235a7c384', '{}', '2026-03-31 00:00:00+00', 0, NULL, NULL, '', 0),
	(3434, '0ea7d0bd-933c-417a-a901-0e335ddb9b89', 'confirmation', '0ea7d0bd-933c-417a-a901-0e335ddb9b89', '{}', '2026-03-31 00:00:00+00', 0, NULL, NULL, '', 0),
	(3434, '053f5424-0b7e-486d-9ab2-6f245c012d8b', 'confirmation', '053f5424-0b7e-486d-9ab2-6f245c012d8b', '{}', '2026-03-31 00:00:00+00', 0, NULL, NULL, '', 0),
	(3434, '334cc1d6-2ebe-4cba-b645-4d2bf35b0ca8', 'called', 'ec9af859-dcf5-4dee-99e9-5476a7a141db', '{"since": "2026-03-31T01:01:00+00:00"}', '2026-03-31 01:01:00+00', 0, NULL, NULL, '', 0),
	(3434, '0a85a57c-14ed-4eba-8dd2-a340cd08c866', 'called', '70036cab-91f3-4817-8d3d-e59a2c087905', '{"since": "2026-03-31T01:08:00+00:00"}', '2026-03-31 01:08:00+00', 0, NULL, NULL, '', 0),
	(3434, '88af6bb4-7185-4710-a105-71d57615fc0c', 'cancelled_by_office', '0ea7d0bd-933c-417a-a901-0e335ddb9b89', '{}', '2026-03-31 01:10:00+00', 0, NULL, NULL, '', 0),
	(3434, '5733923b-69de-4619-a539-930d2c6e1154', 'missed', '6a232fe9-c5bf-4aa0-ad25-e24aac1ab804', '{}', '2026-03-31 01:40:01+00', 0, NULL, NULL, '', 0),
	(3434, '85ae7b82-90fc-4654-84ac-41f6c8e6db1d', 'missed', '5b7ca6af-3a00-4ceb-8087-08a235a7c384', '{}', '2026-03-31 02:10:01+00', 0, NULL, NULL, '', 0);
INSERT INTO queue.number VALUES
	(3434, '2026-03-31', 'justice', 4);
INSERT INTO queue.office_state VALUES
	(3434, 23, '2026-03-31 02:20:00+00', '2026-03-31 03:00:00+00', 3);
INSERT INTO queue.opening VALUES
	(3434, 1, '07:30:00', '11:30:00'),
	(3434, 1, '13:30:00', '17:00:00'),
	(3434, 2, '07:30:00', '11:30:00'),
	(3434, 2, '13:30:00', '17:00:00'),
	(3434, 3, '07:30:00', '11:30:00'),
	(3434, 3, '13:30:00', '17:00:00'),
	(3434, 4, '07:30:00', '11:30:00'),
	(3434, 4, '13:30:00', '17:00:00'),
	(3434, 5, '07:30:00', '11:30:00'),
	(3434, 5, '13:30:00', '17:00:00'),
	(3434, 6, '07:30:00', '11:30:00'),
	(3434, 6, '13:30:00', '17:00:00');
INSERT INTO queue.plan VALUES
	(3434, 'queue:justice', 1, '07:30:00', '11:30:00', 5),
	(3434, 'queue:justice', 1, '13:30:00', '17:00:00', 5),
	(3434, 'queue:justice', 2, '07:30:00', '11:30:00', 5),
	(3434, 'queue:justice', 2, '13:30:00', '17:00:00', 5),
	(3434, 'queue:justice', 3, '07:30:00', '11:30:00', 5),
	(3434, 'queue:justice', 3, '13:30:00', '17:00:00', 5),
	(3434, 'queue:justice', 4, '07:30:00', '11:30:00', 5),
	(3434, 'queue:justice', 4, '13:30:00', '17:00:00', 5),
	(3434, 'queue:justice', 5, '07:30:00', '11:30:00', 5),
	(3434, 'queue:justice', 5, '13:30:00', '17:00:00', 5),
	(3434, 'queue:justice', 6, '07:30:00', '11:30:00', 5),
	(3434, 'queue:justice', 6, '13:30:00', '17:00:00', 5),
	(3434, 'queue:permits', 1, '07:30:00', '11:30:00', 5),
	(3434, 'queue:permits', 1, '13:30:00', '17:00:00', 5),
	(3434, 'queue:permits', 2, '07:30:00', '11:30:00', 5),
	(3434, 'queue:permits', 2, '13:30:00', '17:00:00', 5),
	(3434, 'queue:permits', 3, '07:30:00', '11:30:00', 5),
	(3434, 'queue:permits', 3, '13:30:00', '17:00:00', 5),
	(3434, 'queue:permits', 4, '07:30:00', '11:30:00', 5),
	(3434, 'queue:permits', 4, '13:30:00', '17:00:00', 5),
	(3434, 'queue:permits', 5, '07:30:00', '11:30:00', 5),
	(3434, 'queue:permits', 5, '13:30:00', '17:00:00', 5),
	(3434, 'queue:permits', 6, '07:30:00', '11:30:00', 5),
	(3434, 'queue:permits', 6, '13:30:00', '17:00:00', 5),
	(3434, 'staff:hall', 1, '07:30:00', '11:30:00', 0),
	(3434, 'staff:hall', 1, '13:30:00', '17:00:00', 0),
	(3434, 'staff:hall', 2, '07:30:00', '11:30:00', 0),
	(3434, 'staff:hall', 2, '13:30:00', '17:00:00', 0),
	(3434, 'staff:hall', 3, '07:30:00', '11:30:00', 0),
	(3434, 'staff:hall', 3, '13:30:00', '17:00:00', 0),
	(3434, 'staff:hall', 4, '07:30:00', '11:30:00', 0),
	(3434, 'staff:hall', 4, '13:30:00', '17:00:00', 0),
	(3434, 'staff:hall', 5, '07:30:00', '11:30:00', 0),
	(3434, 'staff:hall', 5, '13:30:00', '17:00:00', 0),
	(3434, 'staff:hall', 6, '07:30:00', '11:30:00', 0),
	(3434, 'staff:hall', 6, '13:30:00', '17:00:00', 0);
INSERT INTO queue.queue VALUES
	(3434, 'justice', 'hall', NULL, 'A', 'Tư pháp', 'Justice', false, 0, false),
	(3434, 'permits', 'hall', NULL, 'B', 'Giấy phép', 'Permits', false, 1, false);
INSERT INTO queue.request VALUES
	(3434, 'walk-in', 'eae3ba98-a0b7-4114-8dd0-8438708d870c', 'walk_in', '\x9261d44a5c332cb8902ca62ac4941d4c22298dfbb311b4c6711b5dd8fbf0d49d', '{"area": {"cap": 20, "area": "hall", "staff": 0, "name_en": "Hall", "name_vi": "Sảnh", "present": 3, "unnamed": 0}, "code": "3434265832", "token": "cfa9b707f1824c4de4630dcd9d84c8e9", "visit": {"day": "2026-03-31", "why": [{"number": "A001", "because": "booked_time"}, {"number": "A002", "because": "booked_time"}], "area": "hall", "code": "3434265832", "slip": "said", "ahead": 2, "named": false, "needs": [], "queue": "justice", "state": "inside", "booked": false, "number": "A003", "parked": null, "passed": [], "channel": "helper", "counter": null, "ends_at": null, "language": "vi", "priority": "", "promised": false, "revision": 1, "services": [{"queue": "justice", "state": "waiting", "minutes": 5, "name_en": "Certified copy", "name_vi": "Chứng thực bản sao", "service": "copy", "quantity": 1}], "state_at": "2026-03-31T00:58:00+00:00", "visit_id": "eae3ba98-a0b7-4114-8dd0-8438708d870c", "attention": "", "starts_at": null, "arrived_at": "2026-03-31T00:58:00+00:00", "held_until": null, "party_size": 1, "expected_at": "2026-03-31T00:55:00+00:00"}, "number": "A003", "reason": null, "decision": "enter"}', 'eae3ba98-a0b7-4114-8dd0-8438708d870c', 'inside', '2026-03-31 00:58:00+00'),
	(3434, 'walk-in', 'b8506eba-200b-4dae-a93c-1d6ba3e98091', 'walk_in', '\x28d38809fa9aab3c32300ea974b9cee5c9552cfe8c94803fc003287f9edb2e45', '{"area": {"cap": 20, "area": "hall", "staff": 0, "name_en": "Hall", "name_vi": "Sảnh", "present": 6, "unnamed": 0}, "code": "3434635448", "token": "6b426111e2565013e3f4d21695656406", "visit": {"day": "2026-03-31", "why": [{"number": "A001", "because": "booked_time"}, {"number": "A002", "because": "booked_time"}, {"number": "A003", "because": "came_earlier"}], "area": "hall", "code": "3434635448", "slip": "said", "ahead": 3, "named": false, "needs": [], "queue": "justice", "state": "inside", "booked": false, "number": "A004", "parked": null, "passed": [], "channel": "helper", "counter": null, "ends_at": null, "language": "vi", "priority": "", "promised": false, "revision": 1, "services": [{"queue": "justice", "state": "waiting", "minutes": 5, "name_en": "Certified copy", "name_vi": "Chứng thực bản sao", "service": "copy", "quantity": 1}], "state_at": "2026-03-31T01:00:00+00:00", "visit_id": "b8506eba-200b-4dae-a93c-1d6ba3e98091", "attention": "", "starts_at": null, "arrived_at": "2026-03-31T01:00:00+00:00", "held_until": null, "party_size": 3, "expected_at": "2026-03-31T01:05:00+00:00"}, "number": "A004", "reason": null, "decision": "enter"}', 'b8506eba-200b-4dae-a93c-1d6ba3e98091', 'inside', '2026-03-31 01:00:00+00');
INSERT INTO queue.revocation VALUES
	(3434, 1, '0ea7d0bd-933c-417a-a901-0e335ddb9b89', 1, 'cancelled', '2026-03-31 01:10:00+00');
INSERT INTO queue.service VALUES
	(3434, 'copy', 'justice', '', '{}', 'Chứng thực bản sao', 'Certified copy', 'Tư pháp', 'Justice', 5, '{"Căn cước công dân"}', '{"Identity card"}', false, false, false, 0, false, false),
	(3434, 'record', 'justice', '', '{}', 'Phiếu lý lịch tư pháp', 'Criminal record', 'Tư pháp', 'Justice', 10, '{"Căn cước công dân"}', '{"Identity card"}', false, false, false, 1, false, false),
	(3434, 'permit', 'permits', '', '{}', 'Giấy phép xây dựng', 'Building permit', 'Tư pháp', 'Justice', 15, '{"Căn cước công dân"}', '{"Identity card"}', false, false, false, 2, false, false);
INSERT INTO queue.stay VALUES
	(3434, '053f5424-0b7e-486d-9ab2-6f245c012d8b', 1, 'booked', false, 'hall', 'justice', NULL, 1, false, '2026-03-31 00:00:00+00', NULL, 'web', ''),
	(3434, 'ec9af859-dcf5-4dee-99e9-5476a7a141db', 1, 'booked', false, 'hall', 'justice', NULL, 1, false, '2026-03-31 00:00:00+00', '2026-03-31 00:55:00+00', 'web', ''),
	(3434, 'ec9af859-dcf5-4dee-99e9-5476a7a141db', 2, 'arrived', false, 'hall', 'justice', NULL, 1, false, '2026-03-31 00:55:00+00', '2026-03-31 00:55:00+00', 'kiosk:door', ''),
	(3434, '70036cab-91f3-4817-8d3d-e59a2c087905', 1, 'booked', false, 'hall', 'justice', NULL, 1, false, '2026-03-31 00:00:00+00', '2026-03-31 00:56:00+00', 'web', ''),
	(3434, '70036cab-91f3-4817-8d3d-e59a2c087905', 2, 'arrived', false, 'hall', 'justice', NULL, 1, false, '2026-03-31 00:56:00+00', '2026-03-31 00:56:00+00', 'kiosk:door', ''),
	(3434, 'eae3ba98-a0b7-4114-8dd0-8438708d870c', 1, 'arrived', false, 'hall', 'justice', NULL, 1, false, '2026-03-31 00:58:00+00', '2026-03-31 00:58:00+00', 'kiosk:door', ''),
	(3434, 'eae3ba98-a0b7-4114-8dd0-8438708d870c', 2, 'inside', true, 'hall', 'justice', NULL, 1, false, '2026-03-31 00:58:00+00', NULL, 'system', ''),
	(3434, 'b8506eba-200b-4dae-a93c-1d6ba3e98091', 1, 'arrived', false, 'hall', 'justice', NULL, 3, false, '2026-03-31 01:00:00+00', '2026-03-31 01:00:00+00', 'kiosk:door', ''),
	(3434, 'b8506eba-200b-4dae-a93c-1d6ba3e98091', 2, 'inside', true, 'hall', 'justice', NULL, 3, false, '2026-03-31 01:00:00+00', NULL, 'system', ''),
	(3434, 'ec9af859-dcf5-4dee-99e9-5476a7a141db', 3, 'inside', true, 'hall', 'justice', NULL, 1, false, '2026-03-31 00:55:00+00', '2026-03-31 01:01:00+00', 'system', ''),
	(3434, 'ec9af859-dcf5-4dee-99e9-5476a7a141db', 4, 'called', true, 'hall', 'justice', '1', 1, true, '2026-03-31 01:01:00+00', '2026-03-31 01:02:00+00', 'clerk:test', ''),
	(3434, 'ec9af859-dcf5-4dee-99e9-5476a7a141db', 5, 'serving', true, 'hall', 'justice', '1', 1, false, '2026-03-31 01:02:00+00', '2026-03-31 01:07:00+00', 'clerk:test', ''),
	(3434, '70036cab-91f3-4817-8d3d-e59a2c087905', 3, 'inside', true, 'hall', 'justice', NULL, 1, false, '2026-03-31 00:56:00+00', '2026-03-31 01:08:00+00', 'system', ''),
	(3434, 'ec9af859-dcf5-4dee-99e9-5476a7a141db', 6, 'done', true, 'hall', 'justice', NULL, 1, false, '2026-03-31 01:07:00+00', '2026-03-31 01:09:00+00', 'clerk:test', 'time'),
	(3434, '70036cab-91f3-4817-8d3d-e59a2c087905', 4, 'called', true, 'hall', 'justice', '1', 1, true, '2026-03-31 01:08:00+00', '2026-03-31 01:09:00+00', 'clerk:test', ''),
	(3434, '70036cab-91f3-4817-8d3d-e59a2c087905', 5, 'serving', true, 'hall', 'justice', '1', 1, false, '2026-03-31 01:09:00+00', NULL, 'clerk:test', ''),
	(3434, '0ea7d0bd-933c-417a-a901-0e335ddb9b89', 1, 'booked', false, 'hall', 'justice', NULL, 1, false, '2026-03-31 00:00:00+00', '2026-03-31 01:10:00+00', 'web', ''),
	(3434, '0ea7d0bd-933c-417a-a901-0e335ddb9b89', 2, 'cancelled', false, 'hall', 'justice', NULL, 1, false, '2026-03-31 01:10:00+00', '2026-03-31 01:10:00+00', 'clerk:test', 'báo bận'),
	(3434, '6a232fe9-c5bf-4aa0-ad25-e24aac1ab804', 1, 'booked', false, 'hall', 'justice', NULL, 1, false, '2026-03-31 00:00:00+00', '2026-03-31 01:40:01+00', 'web', ''),
	(3434, '6a232fe9-c5bf-4aa0-ad25-e24aac1ab804', 2, 'missed', false, 'hall', 'justice', NULL, 1, false, '2026-03-31 01:40:01+00', '2026-03-31 01:40:01+00', 'system', ''),
	(3434, '5b7ca6af-3a00-4ceb-8087-08a235a7c384', 1, 'booked', false, 'hall', 'justice', NULL, 1, false, '2026-03-31 00:00:00+00', '2026-03-31 02:10:01+00', 'web', ''),
	(3434, '5b7ca6af-3a00-4ceb-8087-08a235a7c384', 2, 'missed', false, 'hall', 'justice', NULL, 1, false, '2026-03-31 02:10:01+00', '2026-03-31 02:10:01+00', 'system', '');
INSERT INTO queue.usage VALUES
	(3434, 'queue:justice', '2026-03-31 01:00:00+00', 2),
	(3434, 'area:hall', '2026-03-31 03:45:00+00', 1),
	(3434, 'area:hall', '2026-03-31 03:35:00+00', 1),
	(3434, 'place/queue:justice', '2026-03-31 03:30:00+00', 1),
	(3434, 'queue:justice', '2026-03-31 03:30:00+00', 1),
	(3434, 'area:hall', '2026-03-31 03:30:00+00', 1),
	(3434, 'area:hall', '2026-03-31 03:40:00+00', 1),
	(3434, 'place/branch', '2026-03-31 03:30:00+00', 1),
	(3434, 'area:hall', '2026-03-31 00:55:00+00', 1),
	(3434, 'area:hall', '2026-03-31 01:00:00+00', 3),
	(3434, 'queue:justice', '2026-03-31 00:55:00+00', 1),
	(3434, 'place/branch', '2026-03-31 00:55:00+00', 0),
	(3434, 'place/queue:justice', '2026-03-31 00:55:00+00', 0),
	(3434, 'area:hall', '2026-03-31 01:05:00+00', 6),
	(3434, 'area:hall', '2026-03-31 01:20:00+00', 3),
	(3434, 'queue:justice', '2026-03-31 01:05:00+00', 1),
	(3434, 'area:hall', '2026-03-31 01:10:00+00', 5),
	(3434, 'area:hall', '2026-03-31 01:15:00+00', 4),
	(3434, 'area:hall', '2026-03-31 03:05:00+00', 0),
	(3434, 'area:hall', '2026-03-31 03:10:00+00', 0),
	(3434, 'place/queue:justice', '2026-03-31 03:00:00+00', 0),
	(3434, 'area:hall', '2026-03-31 03:00:00+00', 0),
	(3434, 'queue:justice', '2026-03-31 03:00:00+00', 0),
	(3434, 'place/branch', '2026-03-31 03:00:00+00', 0),
	(3434, 'area:hall', '2026-03-31 03:15:00+00', 0),
	(3434, 'place/branch', '2026-03-31 01:30:00+00', 0),
	(3434, 'area:hall', '2026-03-31 01:45:00+00', 0),
	(3434, 'place/queue:justice', '2026-03-31 01:30:00+00', 0),
	(3434, 'area:hall', '2026-03-31 01:40:00+00', 0),
	(3434, 'queue:justice', '2026-03-31 01:30:00+00', 0),
	(3434, 'area:hall', '2026-03-31 01:30:00+00', 0),
	(3434, 'area:hall', '2026-03-31 01:35:00+00', 0),
	(3434, 'place/queue:justice', '2026-03-31 01:00:00+00', 1),
	(3434, 'place/branch', '2026-03-31 01:00:00+00', 1),
	(3434, 'place/queue:justice', '2026-03-31 01:05:00+00', 1),
	(3434, 'place/branch', '2026-03-31 01:05:00+00', 1),
	(3434, 'area:hall', '2026-03-31 02:15:00+00', 0),
	(3434, 'area:hall', '2026-03-31 02:05:00+00', 0),
	(3434, 'area:hall', '2026-03-31 02:10:00+00', 0),
	(3434, 'place/queue:justice', '2026-03-31 02:00:00+00', 2),
	(3434, 'queue:justice', '2026-03-31 02:00:00+00', 0),
	(3434, 'area:hall', '2026-03-31 02:00:00+00', 0),
	(3434, 'place/branch', '2026-03-31 02:00:00+00', 2);
INSERT INTO queue.visit VALUES
	(3434, '053f5424-0b7e-486d-9ab2-6f245c012d8b', 'booked', '2026-03-31 00:00:00+00', '2026-03-31', '3434850981', '\x90a3623c3c0dfdfbb1a0ebfb886cbea3', 1, 'web', 'vi', 'Nguyễn Văn An', '+84905123455', true, false, '2026-03-31 03:30:00+00', '2026-03-31 03:35:00+00', 1, 1, '', '{}', 1, 'justice', 'hall', NULL, NULL, NULL, NULL, NULL, 'none', NULL, NULL, NULL, 0, false, false, NULL, '{"(1,queue:justice,\"2026-03-31 03:30:00+00\",\"2026-03-31 03:35:00+00\",1,f)","(1,place/queue:justice,\"2026-03-31 03:30:00+00\",\"2026-03-31 03:35:00+00\",1,f)","(1,place/branch,\"2026-03-31 03:30:00+00\",\"2026-03-31 03:35:00+00\",1,f)","(1,area:hall,\"2026-03-31 03:30:00+00\",\"2026-03-31 03:50:00+00\",1,f)"}', '', '{}', '\xb29772f8b1358450884ce56f27d3e92ed94107bfa7782e47830317911f637f32', '2026-03-31 00:00:00+00', NULL, false, NULL, NULL),
	(3434, 'eae3ba98-a0b7-4114-8dd0-8438708d870c', 'inside', '2026-03-31 00:58:00+00', '2026-03-31', '3434265832', '\xcfa9b707f1824c4de4630dcd9d84c8e9', 1, 'helper', 'vi', '', '', false, false, NULL, NULL, 1, 1, '', '{}', 1, 'justice', 'hall', NULL, 'A003', '2026-03-31', 'justice', 3, 'said', '2026-03-31 00:58:00+00', '2026-03-31 00:58:00+00', NULL, 0, false, false, NULL, '{"(1,queue:justice,\"2026-03-31 00:55:00+00\",\"2026-03-31 01:00:00+00\",1,f)","(1,area:hall,\"2026-03-31 00:55:00+00\",\"2026-03-31 01:15:00+00\",1,f)","(1,place/queue:justice,\"2026-03-31 02:00:00+00\",\"2026-03-31 02:05:00+00\",1,f)","(1,place/branch,\"2026-03-31 02:00:00+00\",\"2026-03-31 02:05:00+00\",1,f)"}', '', '{}', NULL, '2026-03-31 00:58:00+00', NULL, false, NULL, NULL),
	(3434, '70036cab-91f3-4817-8d3d-e59a2c087905', 'serving', '2026-03-31 01:09:00+00', '2026-03-31', '3434516135', '\x9c5fc6845b0ceec5929e1441589aed8b', 1, 'web', 'vi', 'Nguyễn Văn An', '+84905123451', true, false, '2026-03-31 01:00:00+00', '2026-03-31 01:05:00+00', 1, 1, '', '{}', 1, 'justice', 'hall', '1', 'A002', '2026-03-31', 'justice', 2, 'printed', '2026-03-31 01:09:00+00', '2026-03-31 00:56:00+00', NULL, 0, false, false, NULL, '{"(1,queue:justice,\"2026-03-31 01:00:00+00\",\"2026-03-31 01:05:00+00\",1,f)","(1,area:hall,\"2026-03-31 01:00:00+00\",\"2026-03-31 01:20:00+00\",1,f)","(1,place/queue:justice,\"2026-03-31 01:05:00+00\",\"2026-03-31 01:10:00+00\",1,t)","(1,place/branch,\"2026-03-31 01:05:00+00\",\"2026-03-31 01:10:00+00\",1,t)"}', '', '{}', '\x5a406dc59c2186f8c0b17240fe389a8a0e8cdf5ca26de71104ba7a468a5b87a8', '2026-03-31 00:00:00+00', NULL, false, NULL, NULL),
	(3434, 'ec9af859-dcf5-4dee-99e9-5476a7a141db', 'done', '2026-03-31 01:07:00+00', '2026-03-31', '3434085768', '\x38453778c0d80c58629e9bb833a5c1f3', 1, 'web', 'vi', 'Nguyễn Văn An', '+84905123450', true, false, '2026-03-31 01:00:00+00', '2026-03-31 01:05:00+00', 1, 1, '', '{}', 1, 'justice', 'hall', NULL, 'A001', '2026-03-31', 'justice', 1, 'printed', '2026-03-31 01:02:00+00', '2026-03-31 00:55:00+00', NULL, 0, false, false, NULL, '{"(1,queue:justice,\"2026-03-31 01:00:00+00\",\"2026-03-31 01:05:00+00\",1,f)","(1,area:hall,\"2026-03-31 01:00:00+00\",\"2026-03-31 01:10:00+00\",1,f)","(1,place/queue:justice,\"2026-03-31 01:00:00+00\",\"2026-03-31 01:05:00+00\",1,t)","(1,place/branch,\"2026-03-31 01:00:00+00\",\"2026-03-31 01:05:00+00\",1,t)"}', '', '{}', '\xf612090b2d5a0485d9d223778a2fc64ed84a42677c45c488fc1253749512481a', '2026-03-31 00:00:00+00', '2026-03-31 01:09:00+00', false, NULL, NULL),
	(3434, '0ea7d0bd-933c-417a-a901-0e335ddb9b89', 'cancelled', '2026-03-31 01:10:00+00', '2026-03-31', '3434428164', '\xc32c7539bf3bcdd244d69efe10d7bc91', 1, 'web', 'vi', 'Nguyễn Văn An', '+84905123454', true, false, '2026-03-31 03:00:00+00', '2026-03-31 03:05:00+00', 1, 1, '', '{}', 1, 'justice', 'hall', NULL, NULL, NULL, NULL, NULL, 'none', NULL, NULL, NULL, 0, false, false, NULL, '{}', '', '{}', '\x096933271b5ffb949532f32c668b278cb98e87288c45e3335f007a7300aba03e', '2026-03-31 00:00:00+00', '2026-03-31 01:10:00+00', false, NULL, NULL),
	(3434, '6a232fe9-c5bf-4aa0-ad25-e24aac1ab804', 'missed', '2026-03-31 01:40:01+00', '2026-03-31', '3434811113', '\x5e984ac4f3003b98afb78d1278ca8a7e', 1, 'web', 'vi', 'Nguyễn Văn An', '+84905123452', true, false, '2026-03-31 01:30:00+00', '2026-03-31 01:35:00+00', 1, 1, '', '{}', 1, 'justice', 'hall', NULL, NULL, NULL, NULL, NULL, 'none', NULL, NULL, NULL, 0, false, false, NULL, '{}', '', '{}', '\xba5f04a8e4d467d5fb7a8eaed189c310ced1c4b8ba0e6f987e5a07fdf56dd6d7', '2026-03-31 00:00:00+00', '2026-03-31 01:40:01+00', false, NULL, NULL),
	(3434, '5b7ca6af-3a00-4ceb-8087-08a235a7c384', 'missed', '2026-03-31 02:10:01+00', '2026-03-31', '3434648131', '\x40d1f755bef74258ecbd9e7c7bb58132', 1, 'web', 'vi', 'Nguyễn Văn An', '+84905123453', true, false, '2026-03-31 02:00:00+00', '2026-03-31 02:05:00+00', 1, 1, '', '{}', 1, 'justice', 'hall', NULL, NULL, NULL, NULL, NULL, 'none', NULL, NULL, NULL, 0, false, false, NULL, '{}', '', '{}', '\x7716e29a72c5ae02591eb32ba59a2811fdcb7bba4f26d9371cf69ef2a49f827e', '2026-03-31 00:00:00+00', '2026-03-31 02:10:01+00', false, NULL, NULL),
	(3434, 'b8506eba-200b-4dae-a93c-1d6ba3e98091', 'inside', '2026-03-31 01:00:00+00', '2026-03-31', '3434635448', '\x6b426111e2565013e3f4d21695656406', 1, 'helper', 'vi', '', '', false, false, NULL, NULL, 3, 3, '', '{}', 1, 'justice', 'hall', NULL, 'A004', '2026-03-31', 'justice', 4, 'said', '2026-03-31 01:00:00+00', '2026-03-31 01:00:00+00', NULL, 0, false, false, NULL, '{"(1,queue:justice,\"2026-03-31 01:05:00+00\",\"2026-03-31 01:10:00+00\",1,f)","(1,area:hall,\"2026-03-31 01:05:00+00\",\"2026-03-31 01:25:00+00\",3,f)","(1,place/queue:justice,\"2026-03-31 02:00:00+00\",\"2026-03-31 02:05:00+00\",1,f)","(1,place/branch,\"2026-03-31 02:00:00+00\",\"2026-03-31 02:05:00+00\",1,f)"}', '', '{}', NULL, '2026-03-31 01:00:00+00', NULL, false, NULL, NULL);
INSERT INTO queue.visit_service VALUES
	(3434, '70036cab-91f3-4817-8d3d-e59a2c087905', 1, 'copy', 'justice', 1, 5, 'waiting'),
	(3434, '6a232fe9-c5bf-4aa0-ad25-e24aac1ab804', 1, 'copy', 'justice', 1, 5, 'waiting'),
	(3434, '5b7ca6af-3a00-4ceb-8087-08a235a7c384', 1, 'copy', 'justice', 1, 5, 'waiting'),
	(3434, '0ea7d0bd-933c-417a-a901-0e335ddb9b89', 1, 'copy', 'justice', 1, 5, 'waiting'),
	(3434, '053f5424-0b7e-486d-9ab2-6f245c012d8b', 1, 'copy', 'justice', 1, 5, 'waiting'),
	(3434, 'eae3ba98-a0b7-4114-8dd0-8438708d870c', 1, 'copy', 'justice', 1, 5, 'waiting'),
	(3434, 'b8506eba-200b-4dae-a93c-1d6ba3e98091', 1, 'copy', 'justice', 1, 5, 'waiting'),
	(3434, 'ec9af859-dcf5-4dee-99e9-5476a7a141db', 1, 'copy', 'justice', 1, 5, 'done');
INSERT INTO queue.waiting VALUES
	(3434, '002e06c1-0303-4c83-9ae3-a49802337d23', 1, '\xc3539a2d476e1db71cf82edc92dba00c', 'left', '5b7ca6af-3a00-4ceb-8087-08a235a7c384', '[{"service": "copy", "quantity": 1}]', 1, '2026-03-31 02:00:00+00', 'Nguyễn Văn An', '+84905123453', 'vi', 'web', NULL, 1663, true, '{}', 0, '\x65202acc866d521c85ca1db45818963177212961dd40d1052feb5f3be18d9706', '2026-03-31 01:12:00+00', '2026-03-31 02:10:01+00');
