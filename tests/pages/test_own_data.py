"""Whoever holds a ticket sees what is kept of them, and has it removed once the visit is over."""

import re

import pytest

from queue_service import db
from tests.offices import Office
from tests.serving import Citizen

pytestmark = pytest.mark.anyio


async def cancel(citizen: Citizen, ticket: str) -> None:
    answer = await citizen.client.post(f"{ticket}/cancel", data={"key": ticket})
    assert answer.status_code == 303


async def test_the_ticket_shows_what_is_kept_and_until_when(
    citizen: Citizen, office: Office
) -> None:
    ticket = await citizen.book(office, office.at("09:00"), name="Trần Văn Bình")
    assert f'href="{ticket}/data"' in (await citizen.client.get(ticket)).text
    page = await citizen.see(f"{ticket}/data")
    assert "Trần Văn Bình" in page
    assert "••• 456" in page
    assert "30 April 2026" in page
    assert "please cancel the appointment first" in page


async def test_it_is_removed_once_the_appointment_is_cancelled(
    citizen: Citizen, office: Office, owner: db.Connection
) -> None:
    ticket = await citizen.book(office, office.at("09:00"), name="Trần Văn Bình")
    refused = await citizen.client.post(f"{ticket}/data", data={"key": "too early"})
    assert refused.status_code == 409
    await cancel(citizen, ticket)
    answer = await citizen.client.post(f"{ticket}/data", data={"key": "now"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "were removed" in answer.text
    assert "Nothing that tells who you are is kept" in answer.text
    for path in (ticket, f"{ticket}/data"):
        assert "Bình" not in await citizen.see(path)
    row = await owner.fetchrow(
        "select name, phone, state from queue.visit where office_id = $1", office.office_id
    )
    assert row
    assert (row["name"], row["phone"], row["state"]) == ("", "", "cancelled")


async def test_a_link_that_was_never_given_shows_and_removes_nothing(
    citizen: Citizen, office: Office
) -> None:
    ticket = await citizen.book(office, office.at("09:00"))
    wrong = re.sub(r".$", lambda end: "A" if end[0] != "A" else "B", ticket)
    assert (await citizen.client.get(f"{wrong}/data")).status_code == 404
    assert (await citizen.client.post(f"{wrong}/data")).status_code == 404
