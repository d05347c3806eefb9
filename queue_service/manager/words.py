"""What figures are called: where visits come from, what doors and counters answered."""

from queue_service import wording
from queue_service.i18n import N_, translator

CAME_BY = {
    "web": N_("Web"),
    "hotline": N_("Hotline"),
    "text": N_("Text message"),
    "voice": N_("Voice menu"),
    "kiosk": N_("Kiosk"),
    "helper": N_("Helper at the door"),
    "api": N_("Partner"),
}

# How a procedure is handled without a visit.
WITHOUT = {"online": N_("Online"), "post": N_("By public post"), "home": N_("At home")}

# Decisions as a count names them; refusals are called what their refusal says.
DECIDED = {
    "enter": N_("Let in"),
    "wait_outside": N_("Waits outside, place kept"),
    "come_back": N_("Told to come back at a kept time"),
    "after_break": N_("Told to come back after the break"),
    "hour_full": N_("This hour's places are used up"),
    "too_early": N_("Came too early"),
    "too_late": N_("Came too late"),
    "wrong_day": N_("Came on another day"),
    "wrong_office": N_("Came to the wrong office"),
    "already_in": N_("Had been let in before"),
    "cancelled": N_("Had been cancelled"),
    "invalid": N_("Ticket not valid"),
    "altered": N_("Ticket altered"),
    "done": N_("Visit was over"),
}
SERVED_NOBODY_ILL = frozenset({"enter", "already_in"})  # decisions that sent nobody away

PLACES = {
    N_("Booking"): ("book", "book_slots", "reschedule", "join_waiting_list", "answer_offer"),
    N_("Door"): ("arrive", "walk_in", "enter", "admit", "exit", "adopt_booking"),
}


def came_by(language: str, channel: str) -> str:
    return translator(language).gettext(CAME_BY.get(channel, channel))


def without_by(language: str, way: str) -> str:
    return translator(language).gettext(WITHOUT[way])


def answered(language: str, code: str) -> str:
    said = DECIDED.get(code)
    if said is not None:
        return translator(language).gettext(said)
    return wording.say_refusal(language, code).title


def place(language: str, command: str) -> str:
    say = translator(language).gettext
    return say(next((name for name, acts in PLACES.items() if command in acts), N_("Counter")))
