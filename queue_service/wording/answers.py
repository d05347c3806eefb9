"""What became of a code that was typed, and of an earlier time that was offered."""

from queue_service.i18n import N_
from queue_service.wording.refusals import REFUSALS, UNKNOWN
from queue_service.wording.words import DEFAULT_ZONE, Facts, Words, say

PROOFS: dict[str, tuple[str, str]] = {
    "proven": (N_("Your phone number is confirmed."), N_("The appointment is booked.")),
    "wrong_code": (
        N_("This is not the code that was sent."),
        N_("Tries left: %(tries_left)s."),
    ),
    "too_many_tries": (
        N_("Too many wrong codes."),
        N_("The time was given back. Please book again."),
    ),
    "too_many_bookings": REFUSALS["too_many_bookings"],
}
WISH_PROOFS: dict[str, tuple[str, str]] = {
    "proven": (PROOFS["proven"][0], N_("You are on the waiting list.")),
    "wrong_code": PROOFS["wrong_code"],
    "too_many_tries": (PROOFS["too_many_tries"][0], N_("Please join the waiting list again.")),
    "already_waiting": REFUSALS["already_waiting"],
    "too_many_waiting": REFUSALS["too_many_waiting"],
}
OFFERS: dict[str, tuple[str, str]] = {
    "accepted": (N_("The earlier time is yours."), ""),
    "declined": (
        N_("You did not take that time."),
        N_("It went to the next person; you stay on the waiting list."),
    ),
    "not_booked": (N_("The appointment that was to be moved is over: %(state)s."), ""),
    "too_many_bookings": REFUSALS["too_many_bookings"],
    "person_limit": REFUSALS["person_limit"],
}


def say_proof(language: str, answer: Facts) -> Words:
    """What became of a code that was typed."""
    return say(language, *PROOFS.get(str(answer["decision"]), UNKNOWN), answer, DEFAULT_ZONE)


def say_wish_proof(language: str, answer: Facts) -> Words:
    """What became of the code of somebody who wants to wait."""
    return say(language, *WISH_PROOFS.get(str(answer["decision"]), UNKNOWN), answer, DEFAULT_ZONE)


def say_offer(language: str, answer: Facts) -> Words:
    """What became of an earlier time that was offered."""
    return say(language, *OFFERS.get(str(answer["decision"]), UNKNOWN), answer, DEFAULT_ZONE)
