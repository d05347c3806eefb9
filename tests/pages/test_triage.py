"""The ward sorts who calls or stands there: online, by post, in person now, or later."""

from datetime import timedelta
from typing import Any

import pytest

from queue_service import commands, db, reads
from tests.devices import staff
from tests.lobby import Lobby
from tests.offices import DAY, Office, make_office
from tests.serving import BEGINS, Served, text_of
from tests.sql.scenes import fits

pytestmark = pytest.mark.anyio

URL = "https://dichvucong.gov.vn/chung-thuc"


def measures(file: dict[str, Any]) -> None:
    """`copy` is had online too; `permit` is urgent; a measure runs until tomorrow."""
    until = (DAY + timedelta(days=1)).isoformat()
    days = {"valid_from": DAY.isoformat(), "valid_to": until}
    always = {"valid_from": "-infinity", "valid_to": "infinity"}
    file["channels"] = [
        {"service_id": "copy", "channel": "online", "mode": "offered", "url": URL, **always},
        *(
            {"service_id": one, "channel": "later", "mode": "only", "url": "", **days}
            for one in ("copy", "record")
        ),
    ]
    for row in file["services"]:
        row["urgent"] = row["service_id"] == "permit"


@pytest.fixture
async def ward(pool: db.Pool) -> Office:
    return await make_office(pool, change=measures)


@pytest.mark.parametrize("role", ["helper", "clerk", "manager"])
async def test_the_link_is_sent_and_who_can_wait_is_called_back(
    served: Served, pool: db.Pool, ward: Office, role: str
) -> None:
    at = f"/triage/{ward.slug}"
    async with staff(served, pool, ward, role) as person:
        found = (await person.get(f"{at}?q=chug thuc ban sao")).text
        assert f"{at}?s=copy" in found
        page = text_of((await person.get(f"{at}?s=copy")).text)
        assert "Ask first whether this would do: online" in page
        assert "Can wait until the measure is over" in page
        assert "No visits for this service now." in page
        sent = await person.post(at, data={"s": "copy", "phone": "0905 321 654", "link": "yes"})
        assert "A text is on its way" in text_of(sent.text)
        wish = {"s": "copy", "phone": "0905 321 654", "name": "Lê Thị Tám", "wait": "yes"}
        waits = await person.post(at, data={**wish, "note": "cần cho con đi học"})
        assert "Lê Thị Tám is called back from" in text_of(waits.text)
    row = (await reads.call_backs(pool, BEGINS, [ward.office_id], 10))["rows"][0]
    assert (row["phone"], row["note"]) == ("+84905321654", "cần cho con đi học")
    assert (row["opens_on"], row["open"]) == ((DAY + timedelta(days=2)).isoformat(), False)
    jobs = await commands.claim_jobs(pool, ward.office_id, BEGINS + timedelta(hours=1), 50)
    [text] = [job["facts"] for job in jobs if job["kind"] == "answer"]
    assert (text["phone"], URL in text["text"]) == ("+84905321654", True)


async def test_an_urgent_matter_does_not_wait_and_is_given_a_number(
    served: Served, pool: db.Pool, ward: Office
) -> None:
    at = f"/triage/{ward.slug}"
    async with staff(served, pool, ward, "helper") as helper:
        page = (await helper.get(f"{at}?s=permit")).text
        assert "Urgent: may not wait" in text_of(page)
        assert f'href="/door/{ward.slug}#give"' in page
        assert 'name="wait"' not in page
        for wrong, field in (
            ({"phone": "12", "name": "An"}, "phone"),
            ({"phone": "0905 321 654", "name": ""}, "name"),
        ):
            refused = await helper.post(at, data={"s": "copy", "wait": "yes", **wrong})
            assert (refused.status_code, f'href="#{field}"' in refused.text) == (422, True)
        unknown = await helper.post(at, data={"s": "gold", "phone": "0905 321 654", "link": "yes"})
        assert unknown.status_code == 422
        assert (await helper.get(f"{at}?s=gold")).status_code == 200
    async with staff(served, pool, ward, "board") as board:
        assert (await board.get(at)).status_code == 403
    elsewhere = await make_office(pool)
    async with staff(served, pool, elsewhere, "clerk") as stranger:
        assert (await stranger.get(at)).status_code == 403


async def test_what_is_not_urgent_is_refused_with_the_way_out_until_the_measure_ends(
    pool: db.Pool, ward: Office
) -> None:
    lobby = Lobby(pool, ward)
    [(outcome, facts)] = await lobby.book_group([lobby.request("09:00")])
    assert outcome == "not_in_person"
    assert [way["channel"] for way in facts["channels"]] == ["later"]
    assert await fits(lobby, "09:00", "permit")
    assert (await lobby.walk_in("08:00"))["decision"] == "refuse"
    assert (await lobby.walk_in("08:00", "permit"))["decision"] == "enter"
    assert (await Lobby(pool, ward, 2).book("09:00"))["state"] == "booked"  # the day after it ends
