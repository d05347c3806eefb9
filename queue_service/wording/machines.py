"""What is wrong with a device, or with the office's machine and its line, as staff are told it."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from queue_service.i18n import N_, say_minutes, say_time, translator
from queue_service.wording.words import DEFAULT_ZONE, Facts, Words, say

# What stands at the office and may fall silent, by the page it shows.
DEVICES = {
    "kiosk": N_("Kiosk"),
    "lobby": N_("Lobby screen"),
    "door": N_("Door screen"),
    "desk": N_("Desk screen"),
    "counter": N_("Counter page"),
    "screen": N_("Screen"),
    "box": N_("Machine at the office"),
}
# What is wrong with it, and what staff can do.
TROUBLES = {
    "silent": N_("not heard of since %(last_at)s. Is it switched on and connected?"),
    "missing": N_("not heard of today. Is it switched on and connected?"),
    "not_live": N_("what it shows is not live. Please look at it and at the network."),
    "scanner": N_(
        "its scanner sends what cannot be read. Does somebody need help? Else see to its cable."
    ),
    "paper_out": N_("there is no paper. Please put in a new roll."),
    "paper_low": N_("the paper is running out. Please have a new roll at hand."),
    "cover_open": N_("its cover is open. Please close it."),
    "not_ready": N_("it reports a fault. Please switch it off and on again."),
    "unreachable": N_("it cannot be reached. Is it switched on and connected?"),
    "stuck": N_("it takes nothing more. Please switch it off and on again."),
    "no_word": N_("it did not say whether the last slip came out. Please look at it."),
    "disk_full": N_("the slip could not be kept: the disk is full."),
    "error": N_("the last slip could not be made. Please tell whoever runs the service."),
    "clock_off": N_("its clock is wrong by %(off)s. Please set it."),
    "floor_taken": N_(
        "it does not begin, because another machine looks after the office. "
        "Only one of the two is needed."
    ),
    "floor_lost": N_(
        "it does not look after the office any more, and is still on. Please switch it off."
    ),
}

# What is wrong with the office's machine or its line, for its staff: at the box, and at the hub.
FLOOR = {
    "lost": (
        N_("This machine no longer looks after the office."),
        N_(
            "The floor was taken back. Please use the pages of the central service. Whoever looks "
            "after the machine lets it take the floor again: install-box --again."
        ),
    ),
    "unauthorized": (
        N_("The central service does not accept this machine's key any more."),
        N_(
            "The office goes on. Whoever looks after the machine gets it a new key: "
            "install-box --pair."
        ),
    ),
    "refused": (
        N_("The central service refuses what this machine tells it."),
        N_("The office goes on. Please tell whoever looks after it."),
    ),
    "away": (
        N_("The line to the central service is cut."),
        N_(
            "The office goes on; last heard of at %(heard_at)s. Everything is told when it is back."
        ),
    ),
    "clock": (
        N_("The clock of this machine is %(seconds)s seconds off."),
        N_("Please have it set: times on slips and boards are wrong by as much."),
    ),
    "disk": (
        N_("The disk of this machine is full."),
        N_("Nothing new can be kept. Please tell whoever looks after it; nothing is lost."),
    ),
    "elsewhere": (
        N_("The office's own machine %(box)s looks after its door and counters."),
        N_("Please use the pages of that machine in the office. Last heard of it: %(heard_at)s."),
    ),
}
CLOCK_OFF = 5  # seconds that a box may differ from its hub before its staff are told


def say_device(language: str, device: Facts, zone: str = DEFAULT_ZONE) -> Words:
    """A device in trouble: which one, and what is wrong with it."""
    _ = translator(language).gettext
    facts: Facts = device["facts"]
    kind = "printer" if device["role"] == "printer" else str(facts.get("page") or device["role"])
    own = device.get(f"name_{language}") or str(device["device"]).partition(":")[2]
    last_at = device["last_at"]
    said = {
        "last_at": say_time(datetime.fromisoformat(last_at), ZoneInfo(zone)) if last_at else "",
        "off": _off(language, int(facts.get("clock_off") or 0)),
    }
    name = f"{_(DEVICES.get(kind, kind))} “{own or device['device']}”"
    # The office file calls its printers by what they are.
    return Words(
        own if kind == "printer" else name,
        _(TROUBLES.get(device["trouble"], TROUBLES["error"])) % said,
    )


def say_troubles(language: str, devices: Sequence[Facts], zone: str = DEFAULT_ZONE) -> list[Words]:
    return [say_device(language, one, zone) for one in devices if one["trouble"]]


def say_floor(language: str, floor: Facts | None, zone: str = DEFAULT_ZONE) -> list[Words]:
    found: list[str] = []
    if floor and floor["side"] == "box":
        if floor["stopped"]:
            found = ["lost"]
        elif floor["trouble"] in ("unauthorized", "refused"):
            found = [floor["trouble"]]
        elif floor["silent"]:
            found = ["away"]
        if abs(floor["clock_off"]) > CLOCK_OFF:
            found.append("clock")
    elif floor and floor["at_box"]:
        found = ["elsewhere"]
    facts = {**(floor or {}), "seconds": f"{(floor or {}).get('clock_off', 0):+.0f}"}
    return [say(language, *FLOOR[one], facts, zone) for one in found]


def say_disk_full(language: str) -> Words:
    return say(language, *FLOOR["disk"], {}, DEFAULT_ZONE)


# Why a box does not begin, and what whoever stands before it can do.
BOX = {
    "floor_taken": (
        N_("Another machine looks after this office: %(box)s."),
        N_(
            "It was last heard of at %(heard_at)s; while it works, there is nothing to do here. If "
            "it is broken, see that it is switched off; then a manager takes the floor back at "
            "%(take_back)s, and this machine begins by itself."
        ),
    ),
    "clock_fast": (
        N_("The clock of this machine is %(off)s fast."),
        N_("Please set it, best by the network's time. This machine then begins by itself."),
    ),
    "clock_slow": (
        N_("The clock of this machine is %(off)s slow."),
        N_("Please set it, best by the network's time. This machine then begins by itself."),
    ),
    "unauthorized": (
        N_("The central service does not accept the key of this machine."),
        N_(
            "It was withdrawn, is wrong, or is of another office. Type here: "
            "sudo deploy/install-box --pair. It shows a code, which a manager of the office "
            "types at %(devices)s."
        ),
    ),
    "no_such_office": (
        N_("The central service has no office %(office_slug)s."),
        N_(
            "Please look at its name, and type here: sudo deploy/install-box %(hub)s NAME. "
            "It is asked again by itself."
        ),
    ),
    "not_a_box": (
        N_("The database of this machine already serves another office."),
        N_("Please give the machine a data folder (DATA_DIR) of its own."),
    ),
    "no_floor": (N_("This machine looks after no office."), ""),
    "too_many_tries": (
        N_("Too many codes were asked for from here."),
        N_("Another one is asked for by itself after a while."),
    ),
    "away": (
        N_("The central service cannot be asked."),
        N_(
            "%(hub)s does not answer. Please look after the cable, the internet line and the "
            "address; it is asked again by itself."
        ),
    ),
    "refused": (
        N_("The central service refuses this machine."),
        N_(
            "Please look at the address, %(hub)s, and tell whoever looks after it. "
            "It is asked again by itself."
        ),
    ),
}


def say_box(language: str, trouble: str, facts: Facts) -> Words:
    trouble = {"too_many_requests": "too_many_tries"}.get(trouble, trouble)
    said = {**facts, "off": _off(language, facts.get("off", 0))}
    return say(language, *BOX.get(trouble, BOX["refused"]), said, DEFAULT_ZONE)


def _off(language: str, seconds: float) -> str:
    """By how much a clock is wrong; less than a minute is one."""
    return say_minutes(max(1, round(abs(seconds) / 60)), language)
