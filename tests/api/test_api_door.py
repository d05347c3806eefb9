"""The door through the API: tickets of every kind, walk-ins, exits, counting."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from queue_service.db import Connection, Pool
from queue_service.tickets import Payload, TicketKeys, make_code, make_token, sign, ticket_link
from tests.api.conftest import BEGINS, SECRET, Api, booking
from tests.offices import make_office

pytestmark = pytest.mark.anyio

KEYS = TicketKeys(SECRET)
SOON = "08:10"


def fragment_of(api: Api, booked: dict[str, str], **changed: object) -> str:
    said: dict[str, object] = {
        "office_id": api.office.office_id,
        "visit_id": UUID(booked["booking_id"]),
        "revision": 1,
        "services": (("copy", 1),),
        "starts_at": datetime.fromisoformat(booked["starts_at"]),
        "ends_at": datetime.fromisoformat(booked["ends_at"]),
        "party_size": 1,
    }
    return sign(Payload(**{**said, **changed}), KEYS)  # pyright: ignore[reportArgumentType]


def qr(booked: dict[str, str], fragment: str | None = None) -> str:
    return ticket_link("https://example.test", booked["token"], fragment)


async def arrives(api: Api, ticket: str, **more: object) -> dict[str, object]:
    return await api.done("arrivals", {"scan_id": str(uuid4()), "ticket": ticket, **more})


async def test_a_booked_visitor_on_time_is_let_in(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    booked = await api.done("bookings", booking(SOON))
    decision = await arrives(kiosk, qr(booked, fragment_of(api, booked)))
    assert decision["decision"] == "enter"
    assert decision["number"] == "A001"
    assert decision["message"]
    assert isinstance(decision["visit"], dict)
    assert decision["visit"]["state"] == "inside"
    assert "name" not in decision["visit"]


@pytest.mark.parametrize("form", ["code", "grouped code", "bare link", "token", "signed link"])
async def test_every_form_of_a_ticket_is_understood(api: Api, form: str) -> None:
    kiosk = await api.as_("kiosk")
    booked = await api.done("bookings", booking(SOON))
    code = booked["code"]
    tickets = {
        "code": code,
        "grouped code": f" {code[:4]} {code[4:7]} {code[7:]}\n",
        "bare link": qr(booked),
        "token": booked["token"],
        "signed link": qr(booked, fragment_of(api, booked)),
    }
    assert (await arrives(kiosk, tickets[form]))["decision"] == "enter"


async def test_the_same_scan_again_answers_the_same(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    booked = await api.done("bookings", booking(SOON))
    scan = {"scan_id": str(uuid4()), "ticket": qr(booked)}
    first, again = await kiosk.done("arrivals", scan), await kiosk.done("arrivals", scan)
    assert (first["decision"], again["decision"]) == ("enter", "enter")
    assert first["number"] == again["number"]


async def test_a_ticket_scanned_twice_is_already_in(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    booked = await api.done("bookings", booking(SOON))
    await arrives(kiosk, qr(booked))
    assert (await arrives(kiosk, qr(booked)))["decision"] == "already_in"


async def test_who_comes_too_early_is_told_from_when(api: Api) -> None:
    kiosk = (await api.as_("kiosk")).in_("en")
    booked = await api.done("bookings", booking("10:00"))
    decision = await arrives(kiosk, qr(booked))
    assert decision["decision"] == "too_early"
    assert "10:00" in str(decision["message"])


async def test_an_altered_ticket_lets_nobody_in(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    booked = await api.done("bookings", booking(SOON))
    fragment = fragment_of(api, booked)
    other = "B" if fragment[20] != "B" else "C"
    altered = fragment[:20] + other + fragment[21:]
    decision = await arrives(kiosk, qr(booked, altered))
    assert (decision["decision"], decision["reason"]) == ("invalid", "altered")
    assert (await api.seen(f"/tickets/{booked['token']}"))["state"] == "booked"


async def test_a_ticket_whose_end_was_not_read_is_found_by_its_link(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    booked = await api.done("bookings", booking(SOON))
    cut = fragment_of(api, booked)[:60]
    unheard = ticket_link("https://example.test", make_token(api.office.office_id), cut)
    decision = await arrives(kiosk, unheard)
    assert (decision["decision"], decision["reason"]) == ("invalid", "cut")
    assert "quét lại" in str(decision["message"])
    assert (await arrives(kiosk, qr(booked, cut)))["decision"] == "enter"


async def test_a_ticket_forged_with_another_secret_lets_nobody_in(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    booked = await api.done("bookings", booking(SOON))
    forger = TicketKeys("quite another secret, made by a forger")
    payload = Payload(api.office.office_id, uuid4(), 1, (), BEGINS, BEGINS + timedelta(hours=1), 1)
    decision = await arrives(kiosk, qr(booked, sign(payload, forger)))
    assert decision["decision"] == "invalid"


async def test_a_ticket_of_another_office_names_that_office(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    other = await make_office(api.pool, rules={"lead_minutes": 0})
    elsewhere = Api(api.client, other, api.pool)
    booked = await elsewhere.done("bookings", booking(SOON))
    for ticket in (qr(booked), qr(booked, fragment_of(elsewhere, booked)), booked["code"]):
        decision = await arrives(kiosk, ticket)
        assert decision["decision"] == "wrong_office"
        facts = decision["facts"]
        assert isinstance(facts, dict)
        assert facts["office"]["slug"] == other.slug
        assert facts["office"]["name_vi"] in str(decision["message"])


async def test_a_cancelled_ticket_is_known_as_cancelled(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    booked = await api.done("bookings", booking(SOON))
    await api.done(f"/tickets/{booked['token']}/cancel")
    decision = await arrives(kiosk, qr(booked, fragment_of(api, booked)))
    assert (decision["decision"], decision["offer"]) == ("cancelled", "walk_in")


async def test_a_ticket_of_another_day_says_which(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    tomorrow = booking() | {"starts_at": "2026-04-01T09:00:00+07:00"}
    booked = await api.done("bookings", tomorrow)
    assert (await arrives(kiosk, qr(booked)))["decision"] == "wrong_day"


@pytest.mark.parametrize("ticket", ["hello", "0", "\u0000", "(●'◡'●)", "https://example.com/", " "])
async def test_what_is_no_ticket_is_invalid(api: Api, ticket: str) -> None:
    kiosk = await api.as_("kiosk")
    assert (await arrives(kiosk, ticket))["decision"] == "invalid"


async def test_codes_cannot_be_guessed_for_long(api: Api, settings: object) -> None:
    kiosk = await api.as_("kiosk")
    kiosk.headers["x-forwarded-for"] = "203.0.113.9"
    guesses = [make_code(api.office.office_id, n) for n in range(40)]
    statuses = [(await kiosk.post("arrivals", {"ticket": guess})).status_code for guess in guesses]
    assert statuses[:30] == [200] * 30
    assert set(statuses[31:]) == {429}
    booked = await api.done("bookings", booking(SOON))
    refused = await kiosk.post("arrivals", {"ticket": booked["code"]})
    assert refused.json()["code"] == "too_many_tries"
    assert int(refused.headers["retry-after"]) > 0
    # The link proves itself, so it still opens the door.
    assert (await arrives(kiosk, qr(booked)))["decision"] == "enter"


async def test_a_walk_in_gets_a_number_a_code_and_a_link(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    asked = {"walk_in_id": str(uuid4()), "service": "copy", "party_size": 2, "needs": ["guide"]}
    answer = await kiosk.done("walk-ins", asked)
    assert answer["decision"] == "enter"
    assert answer["number"] == "A001"
    assert answer["ticket_url"]
    assert answer["code"]
    again = await kiosk.done("walk-ins", asked)
    assert (again["number"], again["code"]) == (answer["number"], answer["code"])
    assert again["ticket_url"] == answer["ticket_url"]


async def test_who_does_not_know_goes_to_the_guidance_desk(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    answer = await kiosk.done("walk-ins", {"party_size": 1})
    assert answer["visit"]["queue"] == "guidance"


async def test_a_walk_in_that_cannot_be_is_refused(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    for change, code in (
        ({"service": "none-such"}, "unknown_service"),
        ({"phone": "12"}, "bad_phone"),
        ({"name": "x\u0007"}, "bad_name"),
        ({"service": "copy", "services": [{"service": "copy"}]}, "one_of"),
    ):
        answer = await kiosk.post("walk-ins", {"party_size": 1, **change})
        if answer.status_code == 200:  # at the door even this is a decision
            assert answer.json()["decision"] == "refuse"
            assert answer.json()["reason"] == code
        else:
            assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_slip_is_confirmed(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    visit = (await kiosk.done("walk-ins", {"service": "copy"}))["visit"]["visit_id"]
    assert (await kiosk.done(f"visits/{visit}/slip", {"slip": "printed"}))["slip"] == "printed"
    wrong = await kiosk.post(f"visits/{visit}/slip", {"slip": "eaten"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "not_a_choice")


async def test_staff_and_recounts_change_who_is_present(api: Api) -> None:
    helper = await api.as_("helper")
    assert (await helper.done("areas/hall/staff", {"present": 3}))["staff"] == 3
    counted = await helper.done("areas/hall/recount", {"present": 5})
    assert (counted["present"], counted["unnamed"]) == (5, 2)
    nowhere = await helper.post("areas/attic/recount", {"present": 5})
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "no_such_area")
    wrong = await helper.post("areas/hall/recount", {"present": -1})
    assert wrong.status_code == 422


async def test_a_visitor_goes_out_by_ticket(api: Api) -> None:
    from tests.offices import import_again

    api.office.file["office"]["exits"] = "scanned"
    await import_again(api.pool, api.office)
    kiosk = await api.as_("kiosk")
    booked = await api.done("bookings", booking(SOON))
    await arrives(kiosk, qr(booked))
    assert (await kiosk.done("areas/hall/exits", {"ticket": booked["code"]}))["present"] == 0
    both = await kiosk.post("areas/hall/exits", {"ticket": booked["code"], "count": 1})
    assert (both.status_code, both.json()["code"]) == (422, "one_of")
    nobody = await kiosk.post("areas/hall/exits", {"ticket": "hello"})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "no_such_visit")


async def test_only_a_manager_lets_somebody_in_over_a_cap(api: Api) -> None:
    kiosk, clerk, manager = [await api.as_(r) for r in ("kiosk", "clerk", "manager")]
    helper = await api.as_("helper")
    await helper.done("areas/hall/staff", {"present": 20})
    waiting = await kiosk.done("walk-ins", {"service": "copy"})
    assert waiting["decision"] == "wait_outside"
    visit = waiting["visit"]["visit_id"]
    refused = await clerk.post(f"visits/{visit}/admit", {"reason": "she is ill"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await manager.post(f"visits/{visit}/admit", {"reason": ""})).status_code == 422
    admitted = await manager.done(f"visits/{visit}/admit", {"reason": "she is ill"})
    assert admitted["state"] == "inside"


async def test_one_in_is_counted_and_taken_back_by_its_key(api: Api) -> None:
    helper = await api.as_("helper")
    tap = {"headers": {"idempotency-key": "tap-1"}}
    for _ in range(2):
        assert (await helper.done("areas/hall/entries", {"count": 2}, **tap))["present"] == 2
    undone = await helper.done("undo", {"undone": "tap-1"})
    assert (undone["undone"], undone["area"]["present"]) == ("count_in", 0)
    # once is enough, and nobody takes back what another has counted
    assert (await helper.done("undo", {"undone": "tap-1"}))["area"]["present"] == 0
    await helper.done("areas/hall/entries", {"count": 1}, headers={"idempotency-key": "tap-2"})
    other = await (await api.as_("clerk")).post("undo", {"undone": "tap-2"})
    assert (other.status_code, other.json()["code"]) == (409, "cannot_undo")
    assert (await helper.post("areas/hall/entries", {"count": 0})).status_code == 422


async def test_a_wrong_scan_is_taken_back_and_the_booking_waits_for_its_own_visitor(
    api: Api,
) -> None:
    helper, kiosk = await api.as_("helper"), await api.as_("kiosk")
    booked = await api.done("bookings", booking(SOON))
    scan = {"scan_id": str(uuid4()), "ticket": booked["code"]}
    assert (await helper.done("arrivals", scan))["decision"] == "enter"
    assert (await kiosk.post("undo", {"undone": scan["scan_id"]})).status_code == 403
    undone = await helper.done("undo", {"undone": scan["scan_id"]})
    assert (undone["undone"], undone["visit"]["state"]) == ("arrive", "booked")


# By phone and the code's last four digits


async def test_a_phone_and_the_last_four_digits_are_a_ticket(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    booked = await api.done("bookings", booking(SOON, phone="0905123456"))
    decision = await arrives(kiosk, booked["code"][-4:], phone="0905 123 456")
    assert (decision["decision"], decision["code"]) == ("enter", booked["code"])


async def test_a_wrong_phone_and_wrong_digits_are_told_alike_and_counted(api: Api) -> None:
    # from an address and a device whose tries no other test has used up
    clerk = (await api.as_("clerk")).from_("203.0.113.77")
    booked = await api.done("bookings", booking(SOON, phone="0905123457"))
    right = booked["code"][-4:]
    wrong = "0000" if right != "0000" else "1111"
    said = [
        await arrives(clerk, wrong, phone="0905123457"),
        await arrives(clerk, right, phone="0905123458"),
    ]
    assert said[0] == said[1]
    assert (said[0]["decision"], said[0]["reason"]) == ("invalid", "unknown")
    for _ in range(60):
        body = {"scan_id": str(uuid4()), "ticket": wrong, "phone": "0905123457"}
        answer = await clerk.post("arrivals", body)
        if answer.status_code == 429:
            break
    else:
        pytest.fail("nobody counted")
    # and a right guess is not told from a wrong one any more
    body = {"scan_id": str(uuid4()), "ticket": right, "phone": "0905123457"}
    assert (await clerk.post("arrivals", body)).status_code == 429


# The entry check, one number, help


def asking(**door: object) -> object:
    def change(file: dict[str, object]) -> None:
        usual = {"entry_check": False, "one_number": False, "question_vi": "", "question_en": ""}
        file["door"] = usual | door

    return change


async def test_who_did_not_pass_is_offered_other_ways_and_only_counted(
    api: Api, pool: Pool, owner: Connection
) -> None:
    kiosk = await api.as_("kiosk")
    told = await kiosk.done("entry-checks", {}, headers={"accept-language": "vi"})
    assert "tổng đài" in told["message"]
    assert told["phone"]
    assert told["book_url"].endswith(f"/o/{api.office.slug}")
    assert (
        await owner.fetch(
            "select from queue.event where office_id = $1 and kind <> 'imported'",
            api.office.office_id,
        )
        == []
    )


async def test_a_citizen_card_is_one_person_and_its_number_is_nowhere(
    api: Api, pool: Pool, owner: Connection
) -> None:
    card = "048090001234"
    office = await make_office(pool, change=asking(one_number=True))  # pyright: ignore
    here = await Api(api.client, office, pool).as_("kiosk")
    body = {"service": "copy", "person": card}
    first = await here.done("walk-ins", {"walk_in_id": str(uuid4()), **body})
    assert first["decision"] == "enter"
    again = await here.done("walk-ins", {"walk_in_id": str(uuid4()), **body})
    assert (again["decision"], again["reason"]) == ("refuse", "one_number")
    for table in ("visit", "walk_in_person", "request", "event", "stay"):
        rows = await owner.fetch(
            f"select t::text as row from queue.{table} as t where office_id = $1", office.office_id
        )
        assert all(card not in row["row"] for row in rows), table


async def test_help_is_asked_at_a_kiosk_and_answered_by_staff_alone(api: Api) -> None:
    kiosk, helper = await api.as_("kiosk"), await api.as_("helper")
    called = await kiosk.done("help", {})
    assert [one["help_id"] for one in (await helper.seen("queue"))["help"]] == [called["help_id"]]
    assert (await kiosk.post(f"help/{called['help_id']}/answer", {})).status_code == 403
    await helper.done(f"help/{called['help_id']}/answer", {})
    assert (await helper.seen("queue"))["help"] == []
