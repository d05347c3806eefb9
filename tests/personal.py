"""What every column of the database that can hold words holds, and so what becomes of it.

Whoever adds one says here whose it is; tests/test_personal_data.py finds what was left out. A name
may stand in several places, so what is only somebody's words is looked through, not emptied.
"""

# Who came: emptied, or the row removed, once the office's days are over, and when a visitor asks.
VISITORS = {
    "ops.inbox": "phone texts answer message_ids",
    "ops.person_booking": "person",
    "ops.text_answer": "message answer",
    "queue.call_back": "name phone note",
    "queue.call_entry": "note",
    "queue.dossier": "code",
    "queue.floor_late": "body",
    "queue.job": "facts",
    "queue.message": "phone text",
    "queue.phone_proof": "phone code",
    "queue.request": "body answer",
    "queue.text_question": "phone question",
    "queue.visit": "name phone person asked",
    "queue.waiting": "name phone person asked",
    "queue.walk_in_person": "person",
}

# Somebody's words about a visit, or a visit as the box tells it: the name is taken out of them.
WORDS = {
    "queue.event": "facts",
    "queue.floor_entry": "body",
    "queue.message": "error",
    "queue.sending": "error",
    "queue.stay": "reason",
}

# Who works there, and what they said of their own work: it stays, as the ledger of who did what.
STAFF = {
    "ops.account": "login name password subject totp recovery",
    "ops.audit": "actor origin act target before after",
    "ops.directive": "note actor",
    "ops.inbox": "done_by",
    "ops.preset": "actor",
    "ops.token": "label",
    "queue.call_back": "actor ended_by",
    "queue.call_entry": "actor call",
    "queue.change": "note actor applied_by",
    "queue.counter_state": "reason actor clerk seat taken_from",
    "queue.event": "actor origin",
    "queue.help": "answered_by",
    "queue.office_version": "actor note",
    "queue.print": "actor",
    "queue.quick_question": "actor",
    "queue.request": "caller key",
    "queue.stay": "actor",
    "queue.unnamed_stay": "actor",
}

# Nobody: kinds, states, names of places and services, keys that lead to a row and say nothing.
NOBODY = {
    "ops.account": "role authority_id",
    "ops.account_link": "sha",
    "ops.attempt": "key",  # hashes of addresses and phones, gone within the hour they are counted
    "ops.authority": "authority_id name_vi name_en shared",
    "ops.authority_office": "authority_id",
    "ops.directive": "authority_id act measure",
    "ops.directive_office": "wanted seen problem facts",
    "ops.inbox": "carrier",
    "ops.migration": "name sha",
    "ops.office": "slug",
    "ops.pairing": "sha device code",
    "ops.person_booking": "authority service",
    "ops.preset": "authority_id name_vi name_en rules",
    "ops.procedure": "authority_id national_code name_vi name_en field_vi field_en aliases"
    " papers_vi papers_en url",
    "ops.session": "sha",
    "ops.token": "sha role device",
    "queue.area": "area_id name_vi name_en",
    "queue.area_state": "area_id",
    "queue.board": "muted message_vi message_en screens",
    "queue.call_back": "service_id language state",
    "queue.call_entry": "did service_id",
    "queue.cap": "cap_id kind scope binds hour_rule",
    "queue.change": "state file moves seen layers",
    "queue.change_move": "reason",
    "queue.closure": "name_vi name_en",
    "queue.counter": "counter_id area_id name_vi name_en where_vi where_en queues",
    "queue.counter_state": "counter_id state",
    "queue.day_answer": "command code",
    "queue.day_figure": "per key",
    "queue.day_plan": "scope",
    "queue.device": "device_id role facts",
    "queue.door": "question_vi question_en",
    "queue.dossier": "counter_id",
    "queue.event": "kind",
    "queue.fairness": "authority",
    "queue.floor": "side box_name stopped trouble seen_parts uncounted keys",
    "queue.floor_entry": "kind",
    "queue.floor_known": "mark",
    "queue.floor_late": "kind",
    "queue.help": "device",
    "queue.job": "kind outcome",
    "queue.kept_place": "kind services takes",
    "queue.layers": "own measures",
    "queue.message": "kind language state",
    "queue.message_rules": "send carriers",
    "queue.message_text": "kind language text",
    "queue.month_figure": "per key",
    "queue.number": "queue_id",
    "queue.office": "slug kind name_vi name_en old_names aliases address_vi address_en phone"
    " time_zone exits lunch",
    "queue.office_version": "file standing",
    "queue.plan": "scope",
    "queue.person_key": "key",
    "queue.print": "printer_id problem",
    "queue.printer": "printer_id name_vi name_en address",
    "queue.queue": "queue_id area_id pool_id letter name_vi name_en",
    "queue.quick_question": "counter_id",
    "queue.request": "command visit_state",
    "queue.revocation": "reason",
    "queue.says_booked": "code",  # of a visit, and leads to nobody once the visit has no name
    "queue.sending": "carrier outcome carrier_id",
    "queue.service": "service_id queue_id national_code aliases name_vi name_en field_vi field_en"
    " papers_vi papers_en",
    "queue.service_channel": "service_id channel mode url",
    "queue.stay": "state area_id queue_id counter_id",
    "queue.tally": "command code",
    "queue.unnamed_stay": "area_id",
    "queue.usage": "scope",
    "queue.visit": "state code token channel language priority needs queue_id area_id counter_id"
    " number number_queue slip parked takes attention passed",
    "queue.visit_service": "service_id queue_id state",
    "queue.waiting": "token state services language channel",
}
