"""What a rota is called: where people are, and which rule it breaks."""

from collections.abc import Mapping
from typing import Any

from queue_service.i18n import N_, translator

PLACES = {
    "office": N_("In the office"),
    "home": N_("At home"),
    "off": N_("Off duty"),
    "leave": N_("On leave"),
}

BREAKS = {
    "nobody_in": N_("%(when)s: nobody is in the office."),
    "no_leader": N_("%(when)s: nobody who leads is in the office."),
    "field_uncovered": N_("%(when)s: nobody in the office covers %(name)s."),
    "too_few office": N_("%(when)s: %(count)s in the office, at least %(bound)s are needed."),
    "too_many office": N_("%(when)s: %(count)s in the office, at most %(bound)s may be."),
    "too_few home": N_("%(when)s: %(count)s at home, at least %(bound)s have to be."),
    "too_many home": N_("%(when)s: %(count)s at home, at most %(bound)s may be."),
    "room_full": N_(
        "%(when)s: %(count)s members of staff fill %(name)s, whose cap is %(bound)s: "
        "no visitor could come in."
    ),
    "on_leave": N_("%(when)s: %(who)s is on leave."),
    "in_two_places": N_("%(when)s: %(who)s would be in two places."),
}


def say_place(language: str, place: str) -> str:
    return translator(language).gettext(PLACES.get(place, place))


def say_break(language: str, broken: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A rule that a day breaks, in a sentence that begins with the hours."""
    rule = broken["rule"]
    said = BREAKS[f"{rule} {broken['place']}" if "place" in broken else rule]
    facts = {
        "when": ", ".join(f"{span['from']}–{span['to']}" for span in broken["spans"]),
        "count": broken.get("count"),
        "bound": broken.get("bound"),
        "name": broken.get(f"name_{language}") or broken.get("name_vi"),
        "who": names.get(broken.get("staff_id", ""), "–"),
    }
    return translator(language).gettext(said) % facts
