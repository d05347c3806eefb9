"""What importing an office's file does to the office there is."""

from typing import Any
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.offices import LONG_AGO, Office, cap, import_again, make_office, queue, service

pytestmark = pytest.mark.anyio


async def test_a_new_office_holds_what_its_file_says(pool: Pool) -> None:
    office = await make_office(pool, area_cap=20, staff=6, caps=[_example_of_2020()])
    stored = await _stored(pool, office)
    assert stored["office"] == office.file["office"] | {"retention_days": 30}
    assert stored["queues"] == office.file["queues"]
    assert stored["counters"] == office.file["counters"]
    assert stored["services"] == office.file["services"]
    assert {row["cap_id"]: row for row in stored["caps"]} == {
        row["cap_id"]: row for row in office.file["caps"]
    }
    assert len(stored["plans"]) == len(office.file["plans"])


async def test_a_new_office_is_found_by_its_slug(pool: Pool) -> None:
    office = await make_office(pool)
    assert {"slug": office.slug, "office_id": office.office_id} in await reads.directory(pool)


async def test_the_same_file_again_changes_nothing(pool: Pool) -> None:
    office = await make_office(pool)
    first = await import_again(pool, office)
    second = await import_again(pool, office)
    assert (first["created"], first["changed"]) == (False, False)
    assert second["version"] == first["version"]


async def test_a_changed_file_moves_the_version(pool: Pool) -> None:
    office = await make_office(pool)
    before = await import_again(pool, office)
    office.file["office"]["lateness_minutes"] = 20
    after = await import_again(pool, office)
    assert after["changed"]
    assert after["version"] > before["version"]
    assert (await _stored(pool, office))["office"]["lateness_minutes"] == 20


async def test_what_nothing_refers_to_is_deleted(pool: Pool, owner: Any) -> None:
    office = await make_office(pool, guidance=True)
    for rows in ("queues", "counters", "services"):
        office.file[rows].pop()
    office.file["plans"] = [row for row in office.file["plans"] if "guidance" not in row["scope"]]
    await import_again(pool, office)
    for table in ("queue", "counter", "service", "counter_state"):
        left = await owner.fetchval(
            f"select count(*) from queue.{table} where office_id = $1", office.office_id
        )
        assert left == (2 if table == "queue" else 3)


async def test_what_a_visit_refers_to_is_retired(pool: Pool, owner: Any) -> None:
    office = await make_office(pool)
    await _visit(owner, office, "permits", "permit")
    for rows in ("queues", "counters", "services"):
        office.file[rows].pop()
    office.file["plans"] = [row for row in office.file["plans"] if "permits" not in row["scope"]]
    await import_again(pool, office)
    assert await owner.fetchval(
        "select retired from queue.queue where office_id = $1 and queue_id = 'permits'",
        office.office_id,
    )
    assert await owner.fetchval(
        "select retired from queue.service where office_id = $1 and service_id = 'permit'",
        office.office_id,
    )
    stored = await _stored(pool, office)
    assert [row["queue_id"] for row in stored["queues"]] == ["justice"]


async def test_what_comes_back_into_the_file_is_no_longer_retired(pool: Pool, owner: Any) -> None:
    office = await make_office(pool)
    await _visit(owner, office, "permits", "permit")
    removed = office.file["services"].pop()
    await import_again(pool, office)
    office.file["services"].append(removed)
    await import_again(pool, office)
    assert (await _stored(pool, office))["services"] == office.file["services"]


async def test_an_import_touches_no_visit(pool: Pool, owner: Any) -> None:
    office = await make_office(pool)
    await _visit(owner, office, "permits", "permit")
    before = await owner.fetch("select * from queue.visit where office_id = $1", office.office_id)
    office.file["openings"] = office.file["openings"][:1]
    office.file["plans"] = []
    office.file["caps"] = [cap("hall", "present", "area:hall", 1)]
    await import_again(pool, office)
    after = await owner.fetch("select * from queue.visit where office_id = $1", office.office_id)
    assert after == before


async def test_a_slug_of_another_office_is_refused(pool: Pool) -> None:
    first = await make_office(pool)
    second = await make_office(pool)
    second.file["office"]["slug"] = first.slug
    with pytest.raises(Refused, match="slug_taken") as refusal:
        await import_again(pool, second)
    assert refusal.value.status == 409
    assert refusal.value.facts == {"office_id": first.office_id}


async def test_a_letter_on_todays_numbers_cannot_go_to_another_queue(
    pool: Pool, owner: Any
) -> None:
    office = await make_office(pool)
    await _visit(owner, office, "permits", "permit", number="B001")
    office.file["queues"][1]["letter"] = "C"
    office.file["queues"][0]["letter"] = "B"
    with pytest.raises(Refused, match="letter_in_use") as refusal:
        await import_again(pool, office, office.at("09:00"))
    assert refusal.value.facts == {"letter": "B", "queue": "permits"}


async def test_an_office_may_get_a_new_slug(pool: Pool) -> None:
    office = await make_office(pool)
    office.file["office"]["slug"] = f"{office.slug}-new"
    await import_again(pool, office)
    slugs = {row["office_id"]: row["slug"] for row in await reads.directory(pool)}
    assert slugs[office.office_id] == f"{office.slug}-new"


async def test_closures_gone_by_are_kept(pool: Pool) -> None:
    office = await make_office(pool)
    office.file["closures"] = [
        {"day": "2026-01-01", "name_vi": "Tết Dương lịch", "name_en": "New Year"},
        {"day": "2026-09-02", "name_vi": "Quốc khánh", "name_en": "National Day"},
    ]
    await import_again(pool, office)
    office.file["closures"] = []
    await import_again(pool, office, office.at("08:00"))
    assert [row["day"] for row in (await _stored(pool, office))["closures"]] == ["2026-01-01"]


async def test_queues_and_services_may_be_added(pool: Pool) -> None:
    office = await make_office(pool)
    office.file["queues"].append(queue("health", "C", "Y tế", "Health", 2))
    office.file["services"].append(service("card", "health", 10, "Thẻ", "Card", 3))
    await import_again(pool, office)
    stored = await _stored(pool, office)
    assert stored["queues"] == office.file["queues"]
    assert stored["services"] == office.file["services"]


async def test_who_imported_is_remembered(pool: Pool, owner: Any) -> None:
    office = await make_office(pool)
    office.file["office"]["phone"] = "+842361023"
    await commands.import_office(pool, office.office_id, LONG_AGO, "manager:Lan", office.file)
    actors = await owner.fetch(
        "select actor, facts from queue.event where office_id = $1 and kind = 'imported' "
        "order by event_no",
        office.office_id,
    )
    assert [row["actor"] for row in actors] == ["test", "manager:Lan"]


async def _stored(pool: Pool, office: Office) -> dict[str, Any]:
    stored = await reads.office_file(pool, office.office_id)
    assert stored is not None
    return stored


async def _visit(
    owner: Any, office: Office, queue_id: str, service_id: str, number: str | None = None
) -> None:
    """A booked visit as it lies in the tables: this file is about imports, not about booking."""
    visit_id = uuid4()
    starts_at = office.at("10:00")
    await owner.execute(
        "insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, channel, "
        "booked, starts_at, ends_at, party_size, booked_party, queue_id, area_id, number, "
        "number_day, number_queue, number_count, created_at) values ($1, $2, 'booked', $3, $4, "
        "'0001000001', $5, 'web', true, $3, $3, 1, 1, $6, 'hall', $7, $8, $9, $10, $3)",
        office.office_id, visit_id, starts_at, starts_at.date(), visit_id.bytes, queue_id, number,
        starts_at.date() if number else None, queue_id if number else None, 1 if number else None,
    )  # fmt: skip
    await owner.execute(
        "insert into queue.visit_service (office_id, visit_id, service_no, service_id, queue_id, "
        "minutes) values ($1, $2, 1, $3, $4, 15)",
        office.office_id, visit_id, service_id, queue_id,
    )  # fmt: skip
    await owner.execute(
        "insert into queue.stay (office_id, visit_id, stay_no, state, present, area_id, queue_id, "
        "heads, started_at, actor) values ($1, $2, 1, 'booked', false, 'hall', $3, 1, $4, 'web')",
        office.office_id, visit_id, queue_id, starts_at,
    )  # fmt: skip


def _example_of_2020() -> dict[str, Any]:
    return cap(
        "march-2020", "present", "area:hall", 20,
        binds="walk-ins", valid_from="2020-03-30", valid_to="2020-04-10",
    )  # fmt: skip
