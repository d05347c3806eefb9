"""The one table of rights: which role may do what, for pages, the API and commands alike.

A role reaches the offices of its token or account and no other; a line says nothing of offices.
What stands in no line is for nobody. tests/test_rights.py walks every line with every role.
"""

from collections.abc import Mapping
from typing import Final

Roles = frozenset[str]

ROLES: Final = (
    "kiosk", "board", "helper", "clerk", "operator", "manager", "authority", "auditor",
    "admin", "box",
)  # fmt: skip

NOBODY: Final[Roles] = frozenset({"nobody"})  # the service itself, and its command line
ANYBODY: Final[Roles] = frozenset({"anybody"})  # needs no sign-in; a ticket's own link may be asked
SIGNED: Final[Roles] = frozenset({"carrier"})  # a carrier, by its signature
WATCH: Final[Roles] = frozenset({"watch"})  # this machine, or who has the token of the metrics

DEVICES: Final[Roles] = frozenset({"kiosk", "board", "box"})  # work as often as the lobby needs
ADMIN = frozenset({"admin"})
BOX = frozenset({"box"})
MANAGERS = ADMIN | {"manager"}
AUTHORITY = ADMIN | {"authority"}
OVER = MANAGERS | {"authority"}  # who looks over an office; what happens in the lobby is its own
CLERKS = MANAGERS | {"clerk"}
ROOM = CLERKS | {"helper"}
DOOR = ROOM | {"kiosk"}
HOTLINE = MANAGERS | {"operator"}
PEOPLE = ROOM | {"operator", "authority", "auditor"}
AUDIT = OVER | {"auditor"}
EVERY_ROLE = DOOR | PEOPLE | {"board"}

# Which accounts a role may make, change and withdraw, at its own offices.
GRANTS: Final[Mapping[str, Roles]] = {
    "manager": frozenset({"helper", "clerk", "operator"}),
    "admin": frozenset({"helper", "clerk", "operator", "manager", "auditor", "admin"}),
}

# What a device may be let in as, by the code on its screen.
PAIRED: Final = ("kiosk", "board", "helper", "clerk", "box")

# Operations of the API and commands, by name. Where both have one name they have one line.
ACTS: Final[Mapping[str, Roles]] = {
    "list_offices": ANYBODY,
    "get_office": ANYBODY,
    "list_services": ANYBODY,
    "list_slots": ANYBODY,
    "book": ANYBODY,
    "get_ticket": ANYBODY,
    "cancel_ticket": ANYBODY,
    "reschedule_ticket": ANYBODY,
    "prove_ticket": ANYBODY,
    "send_ticket_code": ANYBODY,
    "join_waiting_list": ANYBODY,
    "wait_with_ticket": ANYBODY,
    "get_waiting": ANYBODY,
    "prove_waiting": ANYBODY,
    "send_waiting_code": ANYBODY,
    "answer_offer": ANYBODY,
    "leave_waiting_list": ANYBODY,
    "get_board": ANYBODY,
    "stream_board": ANYBODY,
    "list_ticket_keys": ANYBODY,
    "arrive": DOOR,
    "walk_in": DOOR,
    "scan": DOOR,
    "entry_check": DOOR,
    "call_help": DOOR,
    "answer_help": ROOM,
    "get_help": DOOR,
    "slip": DOOR,
    "print_slip": DOOR,
    "exit": DOOR,
    "enter": ROOM,
    "leave": ROOM,
    "count_in": ROOM,
    "recount": ROOM,
    "staff": ROOM,
    "undo": ROOM,
    "get_visit": ROOM | {"operator", "auditor"},
    "get_queue": ROOM | {"operator", "auditor"},
    "get_counter": CLERKS | {"auditor"},
    "open_counter": CLERKS,
    "close_counter": CLERKS,
    "pause_counter": CLERKS,
    "take_counter": CLERKS,
    "call_next": CLERKS,
    "call_number": CLERKS,
    "recall": CLERKS,
    "serve": CLERKS,
    "absent": CLERKS,
    "wrong_person": CLERKS,
    "park": CLERKS,
    "resume": CLERKS,
    "transfer": CLERKS,
    "finish": CLERKS,
    "note_dossier": CLERKS,
    "quick_question": CLERKS,
    "press_key": CLERKS,
    "admit": MANAGERS,
    "keep_filed": MANAGERS,
    "draft_change": MANAGERS,
    "apply_change": MANAGERS,
    "drop_change": MANAGERS,
    "keep_staff": MANAGERS,
    "take_leave": MANAGERS,
    "drop_leave": MANAGERS,
    "plan_rota": MANAGERS,
    "plan_day": MANAGERS,
    "draft_rota": MANAGERS,
    "answer_change": ANYBODY,
    "list_revocations": DOOR | {"auditor"},
    "heartbeat": EVERY_ROLE,
    "screen_alive": ANYBODY,  # a name of the office file alone is heard
    "get_floor": EVERY_ROLE | BOX,
    "pair_box": ANYBODY,  # a manager says yes
    "take_floor": BOX,
    "exchange_floor": BOX,
    "hand_back_floor": BOX,
    "book_window": BOX,
    "take_back_floor": MANAGERS,
    "list_late": MANAGERS | {"auditor"},
    # Commands that pages run, or that the API knows by another name.
    "cancel": ANYBODY,
    "come_in": ANYBODY,
    "forget_visit": ANYBODY,
    "reschedule": ANYBODY,
    "prove_phone": ANYBODY,
    "send_code": ANYBODY,
    "book_slots": ANYBODY,
    "take_attempt": ANYBODY,
    "share_attempts": ANYBODY,
    "begin_print": DOOR,
    "end_print": DOOR,
    "adopt_booking": DOOR,
    "call_back_later": HOTLINE | ROOM,
    "note_call": HOTLINE,
    "called_back": HOTLINE | CLERKS,
    "answer_inbox": HOTLINE,
    "retry_message": HOTLINE,
    "answer_text": HOTLINE | ROOM | SIGNED,
    "ask_text": SIGNED,
    "take_text": SIGNED,
    "end_text": SIGNED,
    "keep_text": SIGNED,
    "note_delivery": SIGNED,
    "pair_device": MANAGERS,
    "begin_pairing": ANYBODY,
    "claim_token": ANYBODY,
    "add_account": MANAGERS,
    "set_account": MANAGERS,
    "link_account": MANAGERS,
    "set_password": ANYBODY,  # with the old one or a link
    "set_factor": PEOPLE,  # one's own
    "drop_factor": PEOPLE,
    "reset_factor": MANAGERS,
    "begin_session": ANYBODY,
    "use_session": ANYBODY,
    "end_session": ANYBODY,
    # What the worker, a box and the command line do.
    "settle": NOBODY,
    "look_at_printer": NOBODY,
    "forget": NOBODY,
    "forget_texts": NOBODY,
    "claim_jobs": NOBODY,
    "finish_job": NOBODY,
    "tally": NOBODY,
    "count_days": NOBODY,
    "write_message": NOBODY,
    "begin_sending": NOBODY,
    "end_sending": NOBODY,
    "begin_box": NOBODY,
    "box_word": NOBODY,
    "box_heard": NOBODY,
    "box_unheard": NOBODY,
    "stop_box": NOBODY,
    "import_office": NOBODY,
    "add_token": NOBODY,
    "revoke_token": MANAGERS,
    # What stands above offices
    "keep_authority": ADMIN,
    "place_office": ADMIN,
    "keep_preset": AUTHORITY,
    "keep_procedures": AUTHORITY,
    "keep_shared": AUTHORITY,
    "direct": AUTHORITY,
    "confirm_directive": AUTHORITY,
    "retry_directive": AUTHORITY,
    "drop_directive": AUTHORITY,
    "note_directive": NOBODY,
}

# Pages and whatever else has an address outside the API, by method and route.
ADDRESSES: Final[Mapping[str, Roles]] = {
    "GET /": ANYBODY,
    "GET /robots.txt": ANYBODY,
    "GET /demo/qr.svg": ANYBODY,
    "GET /problems/{code}": ANYBODY,
    "GET /static/{digest}/{name:path}": ANYBODY,
    "GET /healthz": ANYBODY,
    "GET /readyz": ANYBODY,
    "GET /metrics": WATCH,
    "GET /api/v1/openapi.json": ANYBODY,
    # A citizen
    "GET /o/{office}": ANYBODY,
    "GET /o/{office}/s/{service}": ANYBODY,
    "GET /o/{office}/now": ANYBODY,
    "GET /o/{office}/rota": ANYBODY,
    "GET /o/{office}/rota.csv": ANYBODY,
    "GET /o/{office}/time": ANYBODY,
    "GET /o/{office}/book": ANYBODY,
    "POST /o/{office}/book": ANYBODY,
    "GET /o/{office}/wait": ANYBODY,
    "POST /o/{office}/wait": ANYBODY,
    "GET /t/{token}": ANYBODY,
    "GET /t/{token}/standing": ANYBODY,
    "GET /t/{token}/qr.{kind:str}": ANYBODY,
    "GET /t/{token}/calendar.ics": ANYBODY,
    "GET /t/{token}/cancel": ANYBODY,
    "POST /t/{token}/cancel": ANYBODY,
    "GET /t/{token}/data": ANYBODY,
    "POST /t/{token}/data": ANYBODY,
    "GET /t/{token}/time": ANYBODY,
    "POST /t/{token}/time": ANYBODY,
    "POST /t/{token}/accept": ANYBODY,
    "POST /t/{token}/inside": ANYBODY,
    "POST /t/{token}/prove": ANYBODY,
    "POST /t/{token}/code": ANYBODY,
    "POST /t/{token}/wait": ANYBODY,
    "GET /w/{token}": ANYBODY,
    "POST /w/{token}/prove": ANYBODY,
    "POST /w/{token}/code": ANYBODY,
    "POST /w/{token}/answer": ANYBODY,
    "POST /w/{token}/leave": ANYBODY,
    # Carriers
    "POST /twilio/sms": SIGNED,
    "POST /twilio/voice": SIGNED,
    "POST /twilio/status": SIGNED,
    "POST /gateway/sms": SIGNED,
    "POST /gateway/status": SIGNED,
    # Devices
    "GET /board/{office}": ANYBODY,
    "GET /board/{office}/speech/{counter}/{number}.wav": ANYBODY,
    "GET /kiosk/{office}": DOOR,
    "POST /kiosk/{office}/speech": DOOR,
    # Staff
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "GET /sign-in/openid": ANYBODY,
    "GET /sign-in/openid/back": ANYBODY,
    "GET /sign-in/code": ANYBODY,  # with the note of a password that fitted
    "POST /sign-in/code": ANYBODY,
    "GET /pair": ANYBODY,
    "POST /sign-out": ANYBODY,
    "GET /new-password/{link}": ANYBODY,
    "POST /new-password/{link}": ANYBODY,
    "GET /account": PEOPLE,
    "POST /account/password": PEOPLE,
    "GET /account/second-factor": PEOPLE,
    "POST /account/second-factor": PEOPLE,
    "GET /door/{office}": ROOM,
    "GET /door/{office}/live": ROOM,
    "POST /door/{office}/find": ROOM,
    "POST /door/{office}/{act}": ROOM,
    "GET /triage/{office}": ROOM,
    "POST /triage/{office}": ROOM,
    "GET /counter/{office}": CLERKS,
    "GET /counter/{office}/{counter}": CLERKS,
    "GET /counter/{office}/{counter}/live": CLERKS,
    "POST /counter/{office}/{counter}/one-key": CLERKS,
    "POST /counter/{office}/{counter}/{act}": CLERKS,
    "GET /tablet/{office}": CLERKS,
    "GET /tablet/{office}/live": CLERKS,
    "POST /tablet/{office}/door/find": CLERKS,
    "POST /tablet/{office}/door/{act}": CLERKS,
    "POST /tablet/{office}/counter/{counter}/{act}": CLERKS,
    "GET /hotline": HOTLINE,
    "POST /hotline": HOTLINE,
    "GET /hotline/open": ANYBODY,  # shows nothing but the way to /hotline
    "GET /hotline/changes": HOTLINE,
    "POST /hotline/caller": HOTLINE,
    "POST /hotline/taken": HOTLINE,
    "GET /hotline/book": ANYBODY,  # on to /hotline, as the five after it
    "GET /hotline/cancel": ANYBODY,
    "GET /hotline/move": ANYBODY,
    "GET /hotline/send": ANYBODY,
    "GET /hotline/link": ANYBODY,
    "GET /hotline/wait": ANYBODY,
    "POST /hotline/{act}": HOTLINE,
    "GET /hotline/call-backs": HOTLINE | CLERKS,
    "POST /hotline/call-backs": HOTLINE | CLERKS,
    "GET /hotline/inbox": HOTLINE,
    "POST /hotline/inbox": HOTLINE,
    "GET /manage/{office}": AUDIT,
    "GET /manage/{office}/accounts": MANAGERS,
    "POST /manage/{office}/accounts": MANAGERS,
    "GET /manage/{office}/devices": MANAGERS,
    "POST /manage/{office}/devices": MANAGERS,
    "GET /manage/{office}/audit": AUDIT,
    "GET /manage/live": OVER,
    "GET /manage/live/part": OVER,
    "GET /manage/live/changes": OVER,
    "GET /manage/{office}/live": OVER,
    "GET /manage/{office}/live/part": OVER,
    "GET /manage/statistics": OVER,
    "GET /manage/statistics/{table}.{kind}": OVER,
    "GET /manage/{office}/statistics": OVER,
    "GET /manage/{office}/statistics/{table}.{kind}": OVER,
    "GET /manage/{office}/changes/{change}": OVER,
    "POST /manage/{office}/changes/{change}": MANAGERS,
    "GET /manage/{office}/filed": MANAGERS,
    "POST /manage/{office}/filed": MANAGERS,
    "GET /manage/{office}/file": MANAGERS,
    "POST /manage/{office}/file": MANAGERS,
    "GET /manage/{office}/history/{version:int}": OVER,
    "POST /manage/{office}/history/{version:int}": MANAGERS,
    "GET /manage/{office}/closures": MANAGERS,
    "POST /manage/{office}/closures": MANAGERS,
    "GET /manage/{office}/caps": MANAGERS,
    "POST /manage/{office}/caps": MANAGERS,
    "GET /manage/{office}/opening": MANAGERS,
    "POST /manage/{office}/opening": MANAGERS,
    "GET /manage/{office}/services": MANAGERS,
    "POST /manage/{office}/services": MANAGERS,
    "GET /manage/{office}/board": MANAGERS,
    "POST /manage/{office}/board": MANAGERS,
    "GET /manage/{office}/rota": MANAGERS,
    "POST /manage/{office}/rota": MANAGERS,
    "GET /manage/{office}/rota.csv": MANAGERS,
    "GET /manage/{office}/rota/{day}": MANAGERS,
    "POST /manage/{office}/rota/{day}": MANAGERS,
    "GET /manage/{office}/rota-rules": MANAGERS,
    "POST /manage/{office}/rota-rules": MANAGERS,
    "GET /manage/{office}/staff": MANAGERS,
    "POST /manage/{office}/staff": MANAGERS,
    "GET /manage/{office}/staff/{person}": MANAGERS,
    "POST /manage/{office}/staff/{person}": MANAGERS,
    "GET /manage/{office}/office.toml": OVER,
    "GET /manage/{office}/history": OVER,
    "GET /manage/{office}/box": MANAGERS,
    "POST /manage/{office}/box/take-back": MANAGERS,
    # An authority; its urgent list is for everybody, on paper and in other pages too
    "GET /urgent/{authority}": ANYBODY,
    "GET /urgent/{authority}/embed": ANYBODY,
    "GET /authority": AUTHORITY,
    "GET /authority/{authority}": AUTHORITY,
    "GET /authority/{authority}/presets": AUTHORITY,
    "POST /authority/{authority}/presets": AUTHORITY,
    "GET /authority/{authority}/presets/{preset}": AUTHORITY,
    "POST /authority/{authority}/presets/{preset}": AUTHORITY,
    "GET /authority/{authority}/catalogue": AUTHORITY,
    "POST /authority/{authority}/catalogue": AUTHORITY,
    "GET /authority/{authority}/shared": AUTHORITY,
    "POST /authority/{authority}/shared": AUTHORITY,
    "GET /authority/{authority}/direct": AUTHORITY,
    "POST /authority/{authority}/direct": AUTHORITY,
    "GET /authority/{authority}/directives/{directive}": AUTHORITY,
    "POST /authority/{authority}/directives/{directive}": AUTHORITY,
    "GET /outbox": HOTLINE,
    "GET /messages": HOTLINE,
    "POST /messages": HOTLINE,
}


def may(role: str | None, roles: Roles) -> bool:
    """Whether a role, or None for who is not signed in, is among these."""
    return roles == ANYBODY or role in roles


def of_address(method: str, path: str) -> Roles:
    """Who may open a route; whoever forgot its line has made it for nobody."""
    return ADDRESSES.get(f"{'GET' if method == 'HEAD' else method} {path}", NOBODY)


def of_act(name: str) -> Roles:
    return ACTS.get(name, NOBODY)
