"""One function per file in sql/commands: one transaction that locks its office, decides, writes.

A refusal raises `db.Refused`; every other answer is the command's own, a dictionary of what
sql/commands/NAME.sql documents. `at` is the installation's clock, `actor` who asks (`web`,
`clerk:LABEL`), `key` the caller's idempotency key or None.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from queue_service.db import Pool, call, origin

Answer = dict[str, Any]


async def _one(pool: Pool, name: str, *arguments: object) -> Any:
    rows = await call(pool, name, *arguments, origin=origin.get())
    return rows[0][0]


# Bookings


async def book_slots(
    pool: Pool, office_id: int, at: datetime, requests: Sequence[Struct]
) -> list[tuple[int, str, Answer]]:
    """Decide a group in order: (position, outcome, facts) per request, `booked` if accepted."""
    rows = await call(pool, "book_slots", office_id, at, [astuple(one) for one in requests])
    return sorted(((row[0], row[1], row[2]) for row in rows), key=itemgetter(0))


async def cancel(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    visit_id: UUID,
    reason: str = "",
) -> Answer:
    return await _one(pool, "cancel", office_id, at, actor, key, visit_id, reason)


async def reschedule(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    visit_id: UUID,
    starts_at: datetime,
) -> Answer:
    return await _one(pool, "reschedule", office_id, at, actor, key, visit_id, starts_at)


async def prove_phone(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    visit_id: UUID,
    code: str,
) -> Answer:
    return await _one(pool, "prove_phone", office_id, at, actor, key, visit_id, code)


async def send_code(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    visit_id: UUID,
    code: str,
) -> Answer:
    return await _one(pool, "send_code", office_id, at, actor, key, visit_id, code)


# Waiting for an earlier time


async def join_waiting_list(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    wish: Mapping[str, object],
) -> Answer:
    return await _one(pool, "join_waiting_list", office_id, at, actor, key, wish)


async def leave_waiting_list(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, waiting_id: UUID
) -> Answer:
    return await _one(pool, "leave_waiting_list", office_id, at, actor, key, waiting_id)


async def answer_offer(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    waiting_id: UUID,
    accept: bool,
    proven: bool = False,
    proof: str = "",
) -> Answer:
    return await _one(
        pool, "answer_offer", office_id, at, actor, key, waiting_id, accept, proven, proof
    )


# Text messages


async def ask_text(
    pool: Pool,
    office_id: int,
    at: datetime,
    phone: str,
    question: Mapping[str, object],
    minutes: int,
) -> Answer:
    return await _one(pool, "ask_text", office_id, at, phone, question, minutes)


async def take_text(pool: Pool, message: bytes, at: datetime) -> Answer:
    return await _one(pool, "take_text", message, at)


async def end_text(pool: Pool, message: bytes, answer: str | None, understood: bool) -> None:
    await _one(pool, "end_text", message, answer, understood)


# The hotline


async def call_back_later(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    call_back_id: UUID,
    service_id: str,
    name: str,
    phone: str,
    language: str = "vi",
    note: str = "",
    not_before: date | None = None,
) -> Answer:
    return await _one(
        pool,
        "call_back_later",
        office_id,
        at,
        actor,
        key,
        call_back_id,
        service_id,
        name,
        phone,
        language,
        note,
        not_before,
    )


async def called_back(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    call_back_id: UUID,
    outcome: str,
) -> Answer:
    return await _one(pool, "called_back", office_id, at, actor, key, call_back_id, outcome)


async def note_call(
    pool: Pool, office_id: int, at: datetime, actor: str, entry: Mapping[str, object]
) -> None:
    await _one(pool, "note_call", office_id, at, actor, entry)


# The door


async def arrive(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    visit_id: UUID | None = None,
    code: str | None = None,
    party_size: int | None = None,
    came_at: datetime | None = None,
    revision: int | None = None,
    checked: bool = False,
) -> Answer:
    return await _one(
        pool,
        "arrive",
        office_id,
        at,
        actor,
        key,
        visit_id,
        code,
        party_size,
        came_at,
        revision,
        checked,
    )


async def walk_in(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    visit_id: UUID,
    services: Sequence[Mapping[str, object]],
    party_size: int,
    priority: str,
    needs: Sequence[str],
    name: str,
    phone: str,
    language: str,
    channel: str,
    token: str,
    digits: int,
    checked: bool = False,
    person: bytes | None = None,
    says_booked: str | None = None,
    at_hub: Mapping[str, object] | None = None,
) -> Answer:
    return await _one(
        pool,
        "walk_in",
        office_id,
        at,
        actor,
        key,
        visit_id,
        services,
        party_size,
        priority,
        needs,
        name,
        phone,
        language,
        channel,
        token,
        digits,
        checked,
        person,
        says_booked,
        at_hub,
    )


async def slip(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, visit_id: UUID, word: str
) -> Answer:
    return await _one(pool, "slip", office_id, at, actor, key, visit_id, word)


async def begin_print(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    visit_id: UUID,
    printer_id: str | None,
) -> Answer:
    return await _one(pool, "begin_print", office_id, at, actor, key, visit_id, printer_id)


async def end_print(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    problem: str,
    paper: str | None,
) -> Answer:
    return await _one(pool, "end_print", office_id, at, actor, key, problem, paper)


async def enter(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    visit_id: UUID,
    checked: bool = False,
) -> Answer:
    return await _one(pool, "enter", office_id, at, actor, key, visit_id, checked)


async def come_in(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, visit_id: UUID
) -> Answer:
    return await _one(pool, "come_in", office_id, at, actor, key, visit_id)


async def leave(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, visit_id: UUID
) -> Answer:
    return await _one(pool, "leave", office_id, at, actor, key, visit_id)


async def admit(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    visit_id: UUID,
    reason: str,
    checked: bool = False,
) -> Answer:
    return await _one(pool, "admit", office_id, at, actor, key, visit_id, reason, checked)


async def call_help(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, help_id: UUID
) -> Answer:
    return await _one(pool, "call_help", office_id, at, actor, key, help_id)


async def answer_help(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, help_id: UUID
) -> Answer:
    return await _one(pool, "answer_help", office_id, at, actor, key, help_id)


async def exit(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    area_id: str,
    visit_id: UUID | None = None,
    count: int | None = None,
) -> Answer:
    return await _one(pool, "exit", office_id, at, actor, key, area_id, visit_id, count)


async def count_in(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    area_id: str,
    count: int,
) -> Answer:
    return await _one(pool, "count_in", office_id, at, actor, key, area_id, count)


async def recount(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    area_id: str,
    present: int,
) -> Answer:
    return await _one(pool, "recount", office_id, at, actor, key, area_id, present)


async def staff(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    area_id: str,
    present: int,
) -> Answer:
    return await _one(pool, "staff", office_id, at, actor, key, area_id, present)


async def undo(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, undone: str
) -> Answer:
    return await _one(pool, "undo", office_id, at, actor, key, undone)


# Counters


async def open_counter(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, counter_id: str
) -> Answer:
    return await _one(pool, "open_counter", office_id, at, actor, key, counter_id)


async def close_counter(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, counter_id: str
) -> Answer:
    return await _one(pool, "close_counter", office_id, at, actor, key, counter_id)


async def take_counter(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    counter_id: str,
    since: datetime | None,
) -> Answer:
    return await _one(pool, "take_counter", office_id, at, actor, key, counter_id, since)


async def pause_counter(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    counter_id: str,
    reason: str,
    until: datetime | None,
) -> Answer:
    return await _one(pool, "pause_counter", office_id, at, actor, key, counter_id, reason, until)


async def call_next(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, counter_id: str
) -> Answer:
    return await _one(pool, "call_next", office_id, at, actor, key, counter_id)


async def call_number(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    counter_id: str,
    number: str,
) -> Answer:
    return await _one(pool, "call_number", office_id, at, actor, key, counter_id, number)


async def recall(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, visit_id: UUID
) -> Answer:
    return await _one(pool, "recall", office_id, at, actor, key, visit_id)


async def serve(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, visit_id: UUID
) -> Answer:
    return await _one(pool, "serve", office_id, at, actor, key, visit_id)


async def wrong_person(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, visit_id: UUID
) -> Answer:
    return await _one(pool, "wrong_person", office_id, at, actor, key, visit_id)


async def absent(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, visit_id: UUID
) -> Answer:
    return await _one(pool, "absent", office_id, at, actor, key, visit_id)


async def park(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    visit_id: UUID,
    place: str,
    reason: str = "",
) -> Answer:
    return await _one(pool, "park", office_id, at, actor, key, visit_id, place, reason)


async def resume(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    visit_id: UUID,
    counter_id: str | None = None,
) -> Answer:
    return await _one(pool, "resume", office_id, at, actor, key, visit_id, counter_id)


async def transfer(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    visit_id: UUID,
    queue_id: str,
) -> Answer:
    return await _one(pool, "transfer", office_id, at, actor, key, visit_id, queue_id)


async def finish(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, visit_id: UUID
) -> Answer:
    return await _one(pool, "finish", office_id, at, actor, key, visit_id)


async def note_dossier(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, visit_id: UUID, code: str
) -> Answer:
    return await _one(pool, "note_dossier", office_id, at, actor, key, visit_id, code)


async def quick_question(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, counter_id: str
) -> Answer:
    return await _one(pool, "quick_question", office_id, at, actor, key, counter_id)


# Time, jobs and what is counted


async def settle(pool: Pool, office_id: int, at: datetime) -> Answer:
    return await _one(pool, "settle", office_id, at)


async def claim_jobs(pool: Pool, office_id: int, at: datetime, n: int) -> list[Answer]:
    return await _one(pool, "claim_jobs", office_id, at, n)


async def finish_job(
    pool: Pool,
    office_id: int,
    at: datetime,
    job_id: UUID,
    attempt: int,
    outcome: str,
    not_before: datetime | None = None,
    error: str = "",
) -> Answer:
    return await _one(
        pool, "finish_job", office_id, at, job_id, attempt, outcome, not_before, error
    )


async def tally(
    pool: Pool, office_id: int, at: datetime, rows: Sequence[Mapping[str, object]]
) -> Answer:
    return await _one(pool, "tally", office_id, at, rows)


async def count_days(pool: Pool, office_id: int, at: datetime, most: int) -> Answer:
    """The figures of days that may have changed; holds up nobody at the office."""
    return await _one(pool, "count_days", office_id, at, most)


async def keep_filed(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    rows: Sequence[Mapping[str, object]],
    keep: bool = True,
) -> Answer:
    """What was handled without a visit; with `keep` false only what that would change."""
    return await _one(pool, "keep_filed", office_id, at, actor, rows, keep)


async def heartbeat(
    pool: Pool, office_id: int, at: datetime, device_id: str, role: str, facts: Mapping[str, object]
) -> Answer:
    return await _one(pool, "heartbeat", office_id, at, device_id, role, facts)


async def screen_alive(
    pool: Pool, office_id: int, at: datetime, screen_id: str, facts: Mapping[str, object]
) -> Answer:
    return await _one(pool, "screen_alive", office_id, at, screen_id, facts)


async def look_at_printer(
    pool: Pool,
    office_id: int,
    at: datetime,
    printer_id: str,
    began: datetime,
    problem: str,
    paper: str | None,
) -> Answer:
    return await _one(pool, "look_at_printer", office_id, at, printer_id, began, problem, paper)


# Messages that go out


async def write_message(
    pool: Pool,
    office_id: int,
    at: datetime,
    job_id: UUID,
    attempt: int,
    phone: str,
    language: str,
    text: str,
) -> Answer:
    return await _one(pool, "write_message", office_id, at, job_id, attempt, phone, language, text)


async def begin_sending(
    pool: Pool, office_id: int, at: datetime, job_id: UUID, attempt: int, carrier: str
) -> Answer:
    return await _one(pool, "begin_sending", office_id, at, job_id, attempt, carrier)


async def end_sending(
    pool: Pool,
    office_id: int,
    at: datetime,
    job_id: UUID,
    sending_no: int,
    outcome: str,
    carrier_id: str = "",
    error: str = "",
) -> Answer:
    return await _one(
        pool, "end_sending", office_id, at, job_id, sending_no, outcome, carrier_id, error
    )


async def note_delivery(
    pool: Pool,
    office_id: int,
    at: datetime,
    message_id: UUID,
    carrier: str,
    carrier_id: str,
    status: str,
    error: str = "",
) -> Answer:
    return await _one(
        pool, "note_delivery", office_id, at, message_id, carrier, carrier_id, status, error
    )


async def answer_text(
    pool: Pool,
    office_id: int,
    at: datetime,
    message_id: UUID,
    phone: str,
    language: str,
    text: str,
    carriers: Sequence[str] = (),
) -> Answer:
    return await _one(
        pool, "answer_text", office_id, at, message_id, phone, language, text, list(carriers)
    )


async def retry_message(
    pool: Pool, office_id: int, at: datetime, actor: str, message_id: UUID
) -> Answer:
    return await _one(pool, "retry_message", office_id, at, actor, message_id)


async def keep_text(
    pool: Pool, at: datetime, phone: str, carrier: str, message_id: str, text: str
) -> Answer:
    return await _one(pool, "keep_text", at, phone, carrier, message_id, text)


async def answer_inbox(
    pool: Pool, office_id: int, at: datetime, actor: str, inbox_id: UUID, text: str
) -> Answer:
    return await _one(pool, "answer_inbox", office_id, at, actor, inbox_id, text)


# The floor at a box of the office: what the hub is asked


async def take_floor(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    box_id: UUID,
    box_name: str,
) -> Answer:
    return await _one(pool, "take_floor", office_id, at, actor, box_id, box_name)


async def exchange_floor(
    pool: Pool,
    office_id: int,
    at: datetime,
    word: Mapping[str, object],
) -> Answer:
    return await _one(pool, "exchange_floor", office_id, at, word)


async def hand_back_floor(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    box_id: UUID,
    epoch: int,
    seq: int,
) -> Answer:
    return await _one(pool, "hand_back_floor", office_id, at, actor, box_id, epoch, seq)


async def take_back_floor(
    pool: Pool, office_id: int, at: datetime, actor: str, reason: str
) -> Answer:
    return await _one(pool, "take_back_floor", office_id, at, actor, reason)


# The floor at a box of the office: what the box does


async def begin_box(
    pool: Pool,
    office_id: int,
    at: datetime,
    box_id: UUID,
    box_name: str,
    epoch: int,
    file: Mapping[str, object],
) -> Answer:
    return await _one(pool, "begin_box", office_id, at, box_id, box_name, epoch, file)


async def box_word(pool: Pool, office_id: int, at: datetime) -> Answer:
    return await _one(pool, "box_word", office_id, at)


async def box_heard(
    pool: Pool,
    office_id: int,
    at: datetime,
    answer: Mapping[str, object],
    keys: Mapping[str, str],
) -> Answer:
    return await _one(pool, "box_heard", office_id, at, answer, keys)


async def box_unheard(pool: Pool, office_id: int, at: datetime, trouble: str) -> Answer:
    return await _one(pool, "box_unheard", office_id, at, trouble)


async def stop_box(pool: Pool, office_id: int, at: datetime) -> Answer:
    return await _one(pool, "stop_box", office_id, at)


async def adopt_booking(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    visit_id: UUID,
    token: str,
    signed: Mapping[str, object],
) -> Answer:
    return await _one(pool, "adopt_booking", office_id, at, actor, visit_id, token, signed)


# How long it is known who came


async def forget(pool: Pool, office_id: int, at: datetime, most: int) -> Answer:
    return await _one(pool, "forget", office_id, at, most)


async def forget_texts(pool: Pool, at: datetime, most: int) -> Answer:
    return await _one(pool, "forget_texts", at, most)


async def forget_visit(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, visit_id: UUID
) -> Answer:
    return await _one(pool, "forget_visit", office_id, at, actor, key, visit_id)


# What stands above offices


async def keep_authority(
    pool: Pool, at: datetime, actor: str, authority_id: str, name_vi: str, name_en: str
) -> Answer:
    return await _one(pool, "keep_authority", at, actor, authority_id, name_vi, name_en)


async def place_office(
    pool: Pool, office_id: int, at: datetime, actor: str, authority_id: str | None
) -> Answer:
    return await _one(pool, "place_office", office_id, at, actor, authority_id)


async def keep_procedures(
    pool: Pool,
    at: datetime,
    actor: str,
    authority_id: str,
    rows: Sequence[Mapping[str, object]],
    keep: bool = True,
) -> Answer:
    return await _one(pool, "keep_procedures", at, actor, authority_id, rows, keep)


async def keep_shared(
    pool: Pool, at: datetime, actor: str, authority_id: str, shared: Mapping[str, object]
) -> Answer:
    return await _one(pool, "keep_shared", at, actor, authority_id, shared)


async def keep_preset(
    pool: Pool,
    at: datetime,
    actor: str,
    authority_id: str,
    preset_id: UUID,
    name_vi: str,
    name_en: str,
    rules: Mapping[str, object],
    retired: bool = False,
) -> Answer:
    return await _one(
        pool, "keep_preset", at, actor, authority_id, preset_id, name_vi, name_en, rules, retired
    )


async def direct(
    pool: Pool,
    at: datetime,
    actor: str,
    authority_id: str,
    directive_id: UUID,
    act: str,
    measure: Mapping[str, object] | None,
    note: str,
    most_days: int,
    offices: Sequence[int],
) -> Answer:
    return await _one(
        pool, "direct", at, actor, authority_id, directive_id, act, measure, note, most_days,
        list(offices),
    )  # fmt: skip


async def confirm_directive(
    pool: Pool, at: datetime, actor: str, directive_id: UUID, seen: str
) -> Answer:
    return await _one(pool, "confirm_directive", at, actor, directive_id, seen)


async def retry_directive(
    pool: Pool, at: datetime, actor: str, directive_id: UUID, most_days: int | None = None
) -> Answer:
    """`most_days` given: worked out again, with that limit, wherever it is not done yet."""
    return await _one(pool, "retry_directive", at, actor, directive_id, most_days)


async def drop_directive(pool: Pool, at: datetime, actor: str, directive_id: UUID) -> Answer:
    return await _one(pool, "drop_directive", at, actor, directive_id)


async def note_directive(
    pool: Pool,
    at: datetime,
    directive_id: UUID,
    office_id: int,
    wanted: str,
    problem: str,
    facts: Mapping[str, object],
) -> Answer:
    return await _one(pool, "note_directive", at, directive_id, office_id, wanted, problem, facts)


# Offices and who may call


async def import_office(
    pool: Pool, office_id: int, at: datetime, actor: str, file: Mapping[str, object]
) -> Answer:
    return await _one(pool, "import_office", office_id, at, actor, file)


async def _draft(pool: Pool, name: str, office_id: int, at: datetime, *arguments: object) -> Answer:
    """Settled first: a draft locks nothing, and would list what has lapsed."""
    await settle(pool, office_id, at)
    return await _one(pool, name, office_id, at, *arguments)


async def draft_change(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    change_id: UUID,
    file: Mapping[str, object] | None,
    note: str,
    most_days: int,
    measure: Mapping[str, object] | None = None,
    restores: int | None = None,
) -> Answer:
    more = (file, note, most_days, measure, restores)
    return await _draft(pool, "draft_change", office_id, at, actor, change_id, *more)


async def apply_change(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    key: str | None,
    change_id: UUID,
    seen: str,
) -> Answer:
    return await _one(pool, "apply_change", office_id, at, actor, key, change_id, seen)


async def drop_change(
    pool: Pool, office_id: int, at: datetime, actor: str, change_id: UUID
) -> Answer:
    return await _one(pool, "drop_change", office_id, at, actor, change_id)


# The rota


async def keep_staff(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    staff_id: UUID,
    person: Mapping[str, object],
) -> Answer:
    return await _one(pool, "keep_staff", office_id, at, actor, staff_id, person)


async def keep_staff_list(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    people: Sequence[Mapping[str, object]],
    mark: str,
) -> Answer:
    return await _one(pool, "keep_staff_list", office_id, at, actor, people, mark)


async def take_leave(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    staff_id: UUID,
    first_day: date,
    last_day: date,
) -> Answer:
    return await _one(pool, "take_leave", office_id, at, actor, staff_id, first_day, last_day)


async def drop_leave(
    pool: Pool, office_id: int, at: datetime, actor: str, staff_id: UUID, first_day: date
) -> Answer:
    return await _one(pool, "drop_leave", office_id, at, actor, staff_id, first_day)


async def plan_rota(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    first_day: date,
    last_day: date,
    turn: str,
    first_group: str | None,
    together: int,
    others: str,
) -> Answer:
    return await _one(
        pool,
        "plan_rota",
        office_id,
        at,
        actor,
        first_day,
        last_day,
        turn,
        first_group,
        together,
        others,
    )


async def plan_day(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    day: date,
    duties: Sequence[Mapping[str, object]],
) -> Answer:
    return await _one(pool, "plan_day", office_id, at, actor, day, duties)


async def draft_rota(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    change_id: UUID,
    first_day: date,
    last_day: date,
    most_days: int,
) -> Answer:
    more = (first_day, last_day, most_days)
    return await _draft(pool, "draft_rota", office_id, at, actor, change_id, *more)


async def draft_withdrawal(
    pool: Pool,
    office_id: int,
    at: datetime,
    actor: str,
    change_id: UUID,
    first_day: date,
    last_day: date,
    most_days: int,
) -> Answer:
    more = (first_day, last_day, most_days)
    return await _draft(pool, "draft_withdrawal", office_id, at, actor, change_id, *more)


async def answer_change(
    pool: Pool, office_id: int, at: datetime, actor: str, key: str | None, visit_id: UUID
) -> Answer:
    return await _one(pool, "answer_change", office_id, at, actor, key, visit_id)


async def add_token(
    pool: Pool,
    at: datetime,
    token_id: UUID,
    sha: bytes,
    role: str,
    offices: Sequence[int] | None,
    label: str,
    actor: str = "command line",
    one_device: bool = False,
) -> Answer:
    return await _one(pool, "add_token", at, token_id, sha, role, offices, label, actor, one_device)


async def claim_token(pool: Pool, at: datetime, sha: bytes, device: bytes | None) -> Answer:
    return await _one(pool, "claim_token", at, sha, device)


async def begin_pairing(
    pool: Pool,
    at: datetime,
    sha: bytes,
    device: bytes | None,
    code: str,
    expires_at: datetime,
    office_id: int | None = None,
) -> Answer:
    return await _one(pool, "begin_pairing", at, sha, device, code, expires_at, office_id)


async def pair_device(
    pool: Pool,
    at: datetime,
    actor: str,
    token_id: UUID,
    code: str,
    role: str,
    offices: Sequence[int],
    label: str,
) -> Answer:
    return await _one(pool, "pair_device", at, actor, token_id, code, role, offices, label)


async def revoke_token(
    pool: Pool, at: datetime, token_id: UUID, actor: str = "command line"
) -> Answer:
    return await _one(pool, "revoke_token", at, token_id, actor)


# Accounts


async def add_account(
    pool: Pool,
    at: datetime,
    actor: str,
    account_id: UUID,
    login: str,
    name: str,
    role: str,
    offices: Sequence[int] | None,
    authority_id: str | None = None,
) -> Answer:
    return await _one(
        pool, "add_account", at, actor, account_id, login, name, role, offices, authority_id
    )


async def set_account(
    pool: Pool,
    at: datetime,
    actor: str,
    account_id: UUID,
    role: str | None = None,
    disabled: bool | None = None,
    subject: str | None = None,
) -> Answer:
    return await _one(pool, "set_account", at, actor, account_id, role, disabled, subject)


async def link_account(
    pool: Pool, at: datetime, actor: str, account_id: UUID, sha: bytes, expires_at: datetime
) -> Answer:
    return await _one(pool, "link_account", at, actor, account_id, sha, expires_at)


async def set_password(
    pool: Pool,
    at: datetime,
    actor: str,
    account_id: UUID,
    password: str,
    link: bytes | None = None,
    kept: bytes | None = None,
) -> Answer:
    return await _one(pool, "set_password", at, actor, account_id, password, link, kept)


async def begin_session(
    pool: Pool,
    at: datetime,
    sha: bytes,
    account_id: UUID,
    step: int | None = None,
    recovery: bytes | None = None,
) -> Answer:
    return await _one(pool, "begin_session", at, sha, account_id, step, recovery)


async def set_factor(
    pool: Pool,
    at: datetime,
    actor: str,
    account_id: UUID,
    totp: bytes,
    step: int,
    recovery: Sequence[bytes],
    kept: bytes | None = None,
) -> Answer:
    return await _one(pool, "set_factor", at, actor, account_id, totp, step, recovery, kept)


async def drop_factor(
    pool: Pool,
    at: datetime,
    actor: str,
    account_id: UUID,
    step: int | None = None,
    recovery: bytes | None = None,
) -> Answer:
    return await _one(pool, "drop_factor", at, actor, account_id, step, recovery)


async def reset_factor(pool: Pool, at: datetime, actor: str, account_id: UUID) -> Answer:
    return await _one(pool, "reset_factor", at, actor, account_id)


async def use_session(
    pool: Pool, at: datetime, sha: bytes, alive: bool, idle: timedelta, longest: timedelta
) -> Answer | None:
    return await _one(pool, "use_session", at, sha, alive, idle, longest)


async def end_session(pool: Pool, at: datetime, sha: bytes, everywhere: bool = False) -> Answer:
    return await _one(pool, "end_session", at, sha, everywhere)


# Tries


async def share_attempts(
    pool: Pool, at: datetime, rows: Sequence[Mapping[str, object]]
) -> list[Answer]:
    """What is left to each key over all processes, after what this one has let through."""
    return await _one(pool, "share_attempts", at, rows)


async def take_attempt(pool: Pool, key: str, at: datetime, per_hour: int, burst: int) -> bool:
    """Whether one more try is left to this address or device; the try is counted."""
    return await _one(pool, "take_attempt", key, at, per_hour, burst)
