"""One function per file in sql/reads: stable, lock-free, one per page, fragment or API answer.

Answers are what sql/reads/NAME.sql documents, as dictionaries with RFC 3339 times.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from queue_service.db import Pool, call

Answer = dict[str, Any]


async def _one(pool: Pool, name: str, *arguments: object) -> Any:
    rows = await call(pool, name, *arguments)
    return rows[0][0]


# Offices, services, free times


async def directory(pool: Pool) -> list[Answer]:
    return await _one(pool, "directory")


async def office_numbers(pool: Pool) -> dict[str, int]:
    """Every office's number by its slug."""
    return {row["slug"]: row["office_id"] for row in await directory(pool)}


async def offices(pool: Pool, at: datetime) -> list[Answer]:
    return await _one(pool, "offices", at)


async def office(pool: Pool, office_id: int, at: datetime) -> Answer:
    return await _one(pool, "office", office_id, at)


async def office_file(pool: Pool, office_id: int) -> Answer | None:
    return await _one(pool, "office_file", office_id)


async def standing_file(pool: Pool, office_id: int) -> Answer | None:
    return await _one(pool, "standing_file", office_id)


async def rota(
    pool: Pool, office_id: int, at: datetime, first_day: date, last_day: date
) -> Answer | None:
    return await _one(pool, "rota", office_id, at, first_day, last_day)


async def public_rota(
    pool: Pool, office_id: int, at: datetime, first_day: date, last_day: date
) -> Answer | None:
    return await _one(pool, "public_rota", office_id, at, first_day, last_day)


async def on_duty(pool: Pool, office_id: int, at: datetime, account_id: UUID) -> bool | None:
    return await _one(pool, "on_duty", office_id, at, account_id)


async def authorities(pool: Pool) -> list[Answer]:
    return await _one(pool, "authorities")


async def authority(pool: Pool, authority_id: str, most: int = 30) -> Answer | None:
    return await _one(pool, "authority", authority_id, most)


async def procedures(
    pool: Pool, authority_id: str, words: str = "", most: int = 50
) -> list[Answer]:
    return await _one(pool, "procedures", authority_id, words, most)


async def office_catalogue(
    pool: Pool, office_id: int, words: str = "", most: int = 50
) -> Answer | None:
    return await _one(pool, "office_catalogue", office_id, words, most)


async def words_above(pool: Pool, office_id: int) -> Answer | None:
    return await _one(pool, "words_above", office_id)


async def urgent_list(pool: Pool, authority_id: str, today: date) -> Answer | None:
    return await _one(pool, "urgent_list", authority_id, today)


async def directive(pool: Pool, directive_id: UUID) -> Answer | None:
    return await _one(pool, "directive", directive_id)


async def directive_work(pool: Pool, most: int = 200) -> list[Answer]:
    return await _one(pool, "directive_work", most)


async def office_change(pool: Pool, office_id: int, change_id: UUID) -> Answer | None:
    return await _one(pool, "office_change", office_id, change_id)


async def office_versions(pool: Pool, office_id: int, most: int = 100) -> list[Answer]:
    return await _one(pool, "office_versions", office_id, most)


async def office_version(pool: Pool, office_id: int, version_no: int) -> Answer | None:
    return await _one(pool, "office_version", office_id, version_no)


async def services(pool: Pool, office_id: int, at: datetime) -> list[Answer]:
    return await _one(pool, "services", office_id, at)


async def slots(
    pool: Pool,
    office_id: int,
    at: datetime,
    services: Sequence[Mapping[str, object]],
    from_day: date,
    days: int,
) -> list[Answer]:
    return await _one(pool, "slots", office_id, at, services, from_day, days)


async def catalogue(pool: Pool) -> list[Answer]:
    return await _one(pool, "catalogue")


async def next_slots(
    pool: Pool, at: datetime, wanted: Sequence[Mapping[str, object]], most: int
) -> list[Answer]:
    return await _one(pool, "next_slots", at, wanted, most)


async def still_free(pool: Pool, at: datetime, times: Sequence[Mapping[str, object]]) -> list[int]:
    return await _one(pool, "still_free", at, times)


# The hotline: over all offices of a sign-in


async def bookings_of(pool: Pool, at: datetime, offices: Sequence[int], phone: str) -> list[Answer]:
    return await _one(pool, "bookings_of", at, offices, phone)


async def call_backs(pool: Pool, at: datetime, offices: Sequence[int], most: int) -> Answer:
    return await _one(pool, "call_backs", at, offices, most)


async def call_entries(pool: Pool, offices: Sequence[int], call: str) -> list[Answer]:
    return await _one(pool, "call_entries", offices, call)


async def over_limits(pool: Pool, at: datetime, offices: Sequence[int], days: int) -> list[Answer]:
    return await _one(pool, "over_limits", at, offices, days)


# Visits


async def ticket(pool: Pool, office_id: int, at: datetime, token: bytes) -> Answer | None:
    return await _one(pool, "ticket", office_id, at, token)


async def visit(pool: Pool, office_id: int, at: datetime, visit_id: UUID) -> Answer | None:
    return await _one(pool, "visit", office_id, at, visit_id)


async def find_visits(
    pool: Pool,
    office_id: int,
    at: datetime,
    phone: str | None = None,
    code: str | None = None,
    number: str | None = None,
    text: str | None = None,
) -> list[Answer]:
    return await _one(pool, "find_visits", office_id, at, phone, code, number, text)


async def waiting(
    pool: Pool, office_id: int, at: datetime, token: bytes | None, visit_id: UUID | None = None
) -> Answer | None:
    return await _one(pool, "waiting", office_id, at, token, visit_id)


async def open_offer(pool: Pool, phone: str, at: datetime) -> Answer | None:
    return await _one(pool, "open_offer", phone, at)


async def open_move(pool: Pool, phone: str, at: datetime) -> Answer | None:
    return await _one(pool, "open_move", phone, at)


async def find_today(pool: Pool, office_id: int, at: datetime) -> list[Answer]:
    return await _one(pool, "find_today", office_id, at)


async def printers_to_look_at(pool: Pool, at: datetime) -> list[Answer]:
    return await _one(pool, "printers_to_look_at", at)


async def help_call(pool: Pool, office_id: int, help_id: UUID) -> Answer | None:
    return await _one(pool, "help_call", office_id, help_id)


async def visit_link(pool: Pool, office_id: int, at: datetime, visit_id: UUID) -> str | None:
    return await _one(pool, "visit_link", office_id, at, visit_id)


async def visit_of_phone(
    pool: Pool, office_id: int, at: datetime, phone: str, last_digits: str
) -> UUID | None:
    return await _one(pool, "visit_of_phone", office_id, at, phone, last_digits)


async def text_question(pool: Pool, phone: str, at: datetime) -> Answer | None:
    return await _one(pool, "text_question", phone, at)


async def message(pool: Pool, office_id: int, at: datetime, job_id: UUID) -> Answer | None:
    return await _one(pool, "message", office_id, at, job_id)


async def sent_message(pool: Pool, carrier: str, carrier_id: str) -> Answer | None:
    return await _one(pool, "sent_message", carrier, carrier_id)


async def messages(pool: Pool, office_id: int, at: datetime, wanted: str) -> list[Answer]:
    return await _one(pool, "messages", office_id, at, wanted)


async def inbox(pool: Pool, offices: Sequence[int] | None, at: datetime) -> list[Answer]:
    return await _one(pool, "inbox", offices, at)


# Lines, counters, boards


async def queue(pool: Pool, office_id: int, at: datetime) -> Answer:
    return await _one(pool, "queue", office_id, at)


async def counter(pool: Pool, office_id: int, at: datetime, counter_id: str) -> Answer | None:
    return await _one(pool, "counter", office_id, at, counter_id)


async def counters(pool: Pool, office_id: int, at: datetime) -> list[Answer]:
    """All of an office, for who chooses one."""
    return await _one(pool, "counters", office_id, at)


async def last_step(
    pool: Pool, office_id: int, at: datetime, actor: str, counter_id: str
) -> Answer | None:
    return await _one(pool, "last_step", office_id, at, actor, counter_id)


async def board(pool: Pool, office_id: int, at: datetime) -> Answer:
    return await _one(pool, "board", office_id, at)


async def versions(pool: Pool) -> list[Answer]:
    return await _one(pool, "versions")


# Where the floor is


async def floor(pool: Pool, office_id: int, at: datetime) -> Answer | None:
    return await _one(pool, "floor", office_id, at)


async def floor_late(pool: Pool, office_id: int) -> list[Answer]:
    """What boxes brought after their floor had been taken back."""
    return await _one(pool, "floor_late", office_id)


async def pairing(pool: Pool, sha: bytes, at: datetime) -> Answer | None:
    """Where a box stands that asks to be let in."""
    return await _one(pool, "pairing", sha, at)


async def person_key(pool: Pool, office_id: int, day: date) -> str | None:
    """At a box: the hub's key of a day, in hex."""
    return await _one(pool, "person_key", office_id, day)


# Devices, worker, engineer


async def revocations(pool: Pool, office_id: int, at: datetime, since: int) -> Answer:
    return await _one(pool, "revocations", office_id, at, since)


async def devices(pool: Pool, office_id: int, at: datetime) -> list[Answer]:
    return await _one(pool, "devices", office_id, at)


async def token(pool: Pool, sha: bytes) -> Answer | None:
    return await _one(pool, "token", sha)


async def tokens(pool: Pool, office_id: int) -> list[Answer]:
    return await _one(pool, "tokens", office_id)


async def due_offices(pool: Pool, at: datetime) -> list[int]:
    return await _one(pool, "due_offices", at)


async def live(pool: Pool, at: datetime, offices: Sequence[int]) -> list[Answer]:
    return await _one(pool, "live", at, offices)


# Days, and how they add up


async def usual_hours(pool: Pool, office_id: int, at: datetime) -> list[Answer]:
    return await _one(pool, "usual_hours", office_id, at)


async def statistics(pool: Pool, offices: Sequence[int], from_day: date, to_day: date) -> Answer:
    return await _one(pool, "statistics", offices, from_day, to_day)


async def uncounted_offices(pool: Pool, at: datetime) -> list[int]:
    return await _one(pool, "uncounted_offices", at)


async def check_days(
    pool: Pool, office_id: int, at: datetime, days: int
) -> list[tuple[str, str, str]]:
    """Every kept figure that the ledger does not bear out, as (what, expected, found)."""
    rows = await call(pool, "check_days", office_id, at, days)
    return [(row[0], row[1], row[2]) for row in rows]


async def check_office(pool: Pool, office_id: int, at: datetime) -> list[tuple[str, str, str]]:
    """Every difference between the ledger and what is kept, as (what, expected, found)."""
    rows = await call(pool, "check_office", office_id, at)
    return [(row[0], row[1], row[2]) for row in rows]


async def metrics(pool: Pool, at: datetime) -> list[Answer]:
    return await _one(pool, "metrics", at)


async def ledger(pool: Pool, office_id: int, from_at: datetime, to_at: datetime) -> list[Answer]:
    """Every stay that touches this time, in order."""
    return await _one(pool, "ledger", office_id, from_at, to_at)


async def account(
    pool: Pool,
    at: datetime,
    login: str | None = None,
    link: bytes | None = None,
    subject: str | None = None,
) -> Answer | None:
    return await _one(pool, "account", at, login, link, subject)


async def accounts(pool: Pool, office_id: int | None = None) -> list[Answer]:
    return await _one(pool, "accounts", office_id)


async def audit(
    pool: Pool,
    office_id: int,
    earlier_than: datetime,
    most: int = 100,
    everywhere: bool = False,
) -> list[Answer]:
    return await _one(pool, "audit", office_id, earlier_than, most, everywhere)


async def retention(pool: Pool, office_id: int, at: datetime) -> Answer:
    return await _one(pool, "retention", office_id, at)


async def own_data(pool: Pool, office_id: int, at: datetime, visit_id: UUID) -> Answer:
    return await _one(pool, "own_data", office_id, at, visit_id)
