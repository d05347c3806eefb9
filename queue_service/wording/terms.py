"""What has a code and a name: states, roles, reasons, needs, kinds of messages."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from queue_service.i18n import N_, say_date, translator

# What a visit is doing, in the words of its holder.
STATES = {
    "held": N_("being booked"),
    "booked": N_("booked"),
    "arrived": N_("waiting outside"),
    "invited": N_("invited in"),
    "inside": N_("waiting inside"),
    "called": N_("called to the counter"),
    "serving": N_("being served"),
    "parked": N_("set aside until papers are there"),
    "absent": N_("called, but did not come"),
    "done": N_("finished"),
    "left": N_("left"),
    "cancelled": N_("cancelled"),
    "missed": N_("did not come"),
    "void": N_("number not taken"),
}

CHANNELS = {
    "in_person": N_("at the counter"),
    "online": N_("online"),
    "post": N_("by public post"),
    "home": N_("at home"),
    "later": N_("later, when the measure is over"),
}

ROLES = {
    "kiosk": N_("kiosk"),
    "board": N_("screen"),
    "helper": N_("helper at the door"),
    "clerk": N_("clerk"),
    "operator": N_("hotline operator"),
    "manager": N_("manager"),
    "authority": N_("authority"),
    "auditor": N_("auditor"),
    "admin": N_("administrator"),
    "box": N_("box"),
    "command line": N_("command line"),
}
# What the audit view calls a change.
CHANGES = {
    "add_account": N_("account made"),
    "set_account": N_("account changed"),
    "link_account": N_("link to choose a password given"),
    "set_password": N_("password chosen"),
    "set_factor": N_("second factor turned on"),
    "drop_factor": N_("second factor turned off"),
    "reset_factor": N_("second factor forgotten for who lost it"),
    "sign_in": N_("signed in"),
    "pair_device": N_("device let in by its code"),
    "claim_token": N_("key taken into use by a device"),
    "token_elsewhere": N_("key tried on another device, refused"),
    "add_token": N_("key given to a device"),
    "revoke_token": N_("key of a device withdrawn"),
    "import_office": N_("office settings changed"),
    "keep_staff": N_("member of staff changed"),
    "take_leave": N_("leave entered"),
    "drop_leave": N_("leave taken back"),
    "plan_rota": N_("rota planned"),
    "plan_day": N_("rota of a day changed"),
    "publish_rota": N_("rota published"),
    "withdraw_rota": N_("rota withdrawn"),
    "keep_authority": N_("authority registered"),
    "place_office": N_("office put under an authority"),
    "keep_procedures": N_("catalogue imported"),
    "keep_shared": N_("shared calendar and texts changed"),
    "keep_preset": N_("preset kept"),
    "direct": N_("directive worked out"),
    "confirm_directive": N_("directive confirmed"),
    "retry_directive": N_("directive tried again"),
    "drop_directive": N_("directive given up"),
    "excess": N_("let in over the cap"),
    "admitted": N_("let in by a manager"),
    "recount": N_("room counted again"),
    "staff": N_("number of staff in the room said"),
    "counted_in": N_("counted in by hand"),
    "undone": N_("last step taken back"),
    "came_at": N_("came earlier than scanned"),
    "taken_over": N_("counter taken over"),
    "floor taken back": N_("floor taken back from the box"),
}

PRIORITIES = {
    "elderly": N_("elderly person"),
    "disabled": N_("person with a disability"),
    "pregnant": N_("pregnant, or with a small child"),
    "merit": N_("person with merit to the nation"),
}
NEEDS = {
    "text": N_("show me things in writing (I do not hear well)"),
    "time": N_("give me more time"),
    "guide": N_("guide me (I do not see well)"),
    "wheelchair": N_("room for a wheelchair"),
}
# Why somebody stands before somebody else.
REASONS = {
    "waited_long": N_("has been waiting very long"),
    "priority": N_("has priority"),
    "booked_time": N_("has an appointment for now"),
    "earlier_time": N_("has an earlier appointment"),
    "came_earlier": N_("came earlier"),
    "invitation_lapsed": N_("goes first, because an invitation was not used"),
}

# Why staff have to decide about a visit.
ATTENTIONS = {
    "cannot_be_served_today": N_("cannot be served today: please offer another time"),
    "wrong_person": N_("not the person the ticket names: void"),
    "unheard": N_("may have come while the office's machine was not heard: ask, scan the ticket"),
    "no_new_time": N_("the rules have changed and no other time was free: please offer one"),
}

# What a clerk did last, by its command.
STEPS = {
    "call_next": N_("call of %(number)s"),
    "call_number": N_("call of %(number)s"),
    "absent": N_("%(number)s did not come"),
    "park": N_("%(number)s set aside"),
    "finish": N_("finish of %(number)s"),
    "note_dossier": N_("dossier %(dossier)s"),
    "quick_question": N_("quick question"),
}
# Why a booking no longer fits after a change of the office's rules.
MISFITS = {
    "present": N_("more people than may be present"),
    "queue": N_("fewer counters"),
    "pool": N_("fewer counters"),
    "hour": N_("more than may be served in an hour"),
    "closed_day": N_("closed on that day"),
    "closed_hours": N_("closed at that time"),
    "not_in_person": N_("not in person on that day"),
    "no_service": N_("the service is no longer offered"),
}
# What became of somebody who was given another time.
ANSWERS = {
    "": N_("no answer yet"),
    "accepted": N_("agreed"),
    "moved": N_("chose another time"),
    "again": N_("was given another time again, by a later change"),
    "cancelled": N_("has cancelled"),
    "missed": N_("did not come"),
    "over": N_("has come"),
}

# Messages that go out, by their kind.
MESSAGES = {
    "confirmation": N_("Confirmation of a booking"),
    "day_before": N_("Reminder the day before"),
    "hour_before": N_("Reminder an hour before"),
    "invited": N_("You may come in now"),
    "near": N_("A few before you"),
    "called": N_("Called to a counter"),
    "moved": N_("Appointment changed"),
    "cancelled": N_("Appointment cancelled"),
    "cancelled_by_office": N_("Cancelled by the office"),
    "missed": N_("Appointment missed"),
    "cannot_be_served": N_("No turn before closing"),
    "queue_unattended": N_("No counter for this line"),
    "code": N_("Code to prove a phone"),
    "offer": N_("Offer of a free place"),
    "moved_by_office": N_("Another time given by the office"),
    "no_new_time": N_("The office found no other time"),
    "answer": N_("Answer to a text"),
}
# Why a carrier did not take a message or could not deliver it; Twilio's numbers among them.
CARRIER_ERRORS = {
    "no_carrier": N_("no carrier reaches this phone"),
    "ConnectError": N_("the carrier cannot be reached"),
    "ConnectTimeout": N_("the carrier cannot be reached"),
    "ReadTimeout": N_("the carrier did not answer"),
    "429": N_("the carrier had too much to do"),
    "20003": N_("the carrier does not know our account"),
    "21211": N_("this is no phone number"),
    "21408": N_("the carrier may not send to this country"),
    "21606": N_("our number cannot send texts"),
    "21610": N_("this person has asked for no more texts"),
    "21612": N_("the carrier does not reach this phone"),
    "21614": N_("this phone takes no texts"),
    "30003": N_("the phone was off or out of reach"),
    "30005": N_("this number is not in use"),
    "30006": N_("this phone takes no texts"),
    "30007": N_("the network held the text for spam"),
    "busy": N_("the line was busy"),
    "no-answer": N_("nobody answered the call"),
}

# Why a phone number is not one, by the reason phones.py gives.
PHONES = {
    "empty": N_("Enter a phone number"),
    "not_digits": N_("A phone number has digits only, for example 0905 123 456"),
    "too_short": N_("This phone number is too short; it has ten digits, for example 0905 123 456"),
    "too_long": N_("This phone number is too long; it has ten digits, for example 0905 123 456"),
    "not_in_use": N_("No such phone number is in use; please check the first digits"),
    "service_line": N_("This is a service line; please give a number that reaches you"),
}


def _name(language: str, words: Mapping[str, str], code: str) -> str:
    return translator(language).gettext(words.get(code, code))


def say_state(language: str, state: str) -> str:
    return _name(language, STATES, state)


def say_role(language: str, role: str) -> str:
    return _name(language, ROLES, role)


def say_actor(language: str, actor: str) -> str:
    """Who did it, as the trail keeps them: a role and a name, or what acts by itself."""
    role, _, name = actor.partition(":")
    return f"{say_role(language, role)}: {name}" if name else actor


def say_why(language: str, change: Mapping[str, Any]) -> str:
    """Why an office was changed: what a change knows by itself, else what its maker wrote."""
    _ = translator(language).gettext
    if rota := change["rota"]:
        first, last = (date.fromisoformat(rota[one]) for one in ("first_day", "last_day"))
        days = {"first": say_date(first, language), "last": say_date(last, language)}
        if "withdraw" in rota:
            return _("Rota from %(first)s to %(last)s withdrawn") % days
        return _("Rota from %(first)s to %(last)s") % days
    if change["restores"]:
        return _("As in version %(number)s") % {"number": change["restores"]}
    return change["note"]


def say_change(language: str, act: str) -> str:
    return _name(language, CHANGES, act)


def say_channel(language: str, channel: str) -> str:
    return _name(language, CHANNELS, channel)


def say_reason(language: str, reason: str) -> str:
    return _name(language, REASONS, reason)


def say_attention(language: str, attention: str) -> str:
    return _name(language, ATTENTIONS, attention)


def say_step(language: str, step: Mapping[str, Any]) -> str:
    """What a clerk did last, as the button says that takes it back."""
    said = STEPS.get(str(step["command"]), N_("the last step"))
    return translator(language).gettext(said) % step


def say_misfit(language: str, reason: str) -> str:
    return _name(language, MISFITS, reason)


def say_answer(language: str, answer: str) -> str:
    return _name(language, ANSWERS, answer)


def say_message(language: str, kind: str) -> str:
    return _name(language, MESSAGES, kind)


def say_carrier_error(language: str, error: str) -> str:
    """What a carrier said in words, with its own number where no words are known."""
    _ = translator(language).gettext
    known = CARRIER_ERRORS.get(error)
    return _(known) if known else _("error %(error)s") % {"error": error}


def options(language: str, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """What somebody may choose from: code and words."""
    _ = translator(language).gettext
    return [(code, _(text)) for code, text in words.items()]


def say_phone(language: str, reason: str) -> str:
    return translator(language).gettext(PHONES.get(reason, PHONES["not_in_use"]))
