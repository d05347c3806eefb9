"""Who may do what through the HTTP API: the one table of roles."""

from typing import Final

ANYBODY: Final[frozenset[str]] = frozenset()
EVERY_ROLE = frozenset(
    {"kiosk", "board", "helper", "clerk", "operator", "manager", "auditor", "admin"}
)
BOX = frozenset({"box"})
MANAGERS = frozenset({"manager", "admin"})
CLERKS = MANAGERS | {"clerk"}
DOOR = CLERKS | {"kiosk", "helper"}
ROOM = CLERKS | {"helper"}

ROLES: Final[dict[str, frozenset[str]]] = {
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
    "slip": DOOR,
    "print_slip": DOOR,
    "exit": DOOR,
    "enter": ROOM,
    "leave": ROOM,
    "recount": ROOM,
    "staff": ROOM,
    "get_visit": ROOM | {"operator", "auditor"},
    "get_queue": ROOM | {"operator", "auditor"},
    "get_counter": CLERKS | {"auditor"},
    "open_counter": CLERKS,
    "close_counter": CLERKS,
    "pause_counter": CLERKS,
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
    "admit": MANAGERS,
    "list_revocations": DOOR | {"auditor"},
    "heartbeat": EVERY_ROLE,
    "get_floor": EVERY_ROLE | BOX,
    "take_floor": BOX,
    "exchange_floor": BOX,
    "hand_back_floor": BOX,
    "take_back_floor": MANAGERS,
    "list_late": MANAGERS | {"auditor"},
}
