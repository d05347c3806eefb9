"""Booking through the API, and every way in which it is asked for wrongly."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from queue_service.tickets import check_code, parse_token
from tests.api.conftest import Api, booking

pytestmark = pytest.mark.anyio


async def test_a_booking_answers_with_its_code_and_link(api: Api) -> None:
    asked = booking()
    answer = await api.post("bookings", asked)

    assert answer.status_code == 201
    booked = answer.json()
    assert booked["booking_id"] == asked["booking_id"]
    assert booked["status"] == "booked"
    assert booked["starts_at"] == asked["starts_at"]
    assert booked["ends_at"] == "2026-03-31T09:05:00+07:00"
    assert check_code(booked["code"]) == booked["code"]
    parsed = parse_token(booked["token"])
    assert parsed is not None
    assert parsed[0] == api.office.office_id
    assert booked["ticket_url"].endswith(f"/t/{booked['token']}")
    assert booked["qr_url"].startswith(booked["ticket_url"])


async def test_the_same_booking_again_is_one_booking(api: Api) -> None:
    asked = booking()
    first, again = await api.done("bookings", asked), await api.done("bookings", asked)
    assert first == again


async def test_a_double_click_books_once(api: Api) -> None:
    asked = booking()
    answers = await asyncio.gather(*(api.done("bookings", asked) for _ in range(5)))
    assert {answer["code"] for answer in answers} == {answers[0]["code"]}


async def test_another_body_under_the_same_id_is_refused(api: Api) -> None:
    asked = booking()
    await api.done("bookings", asked)
    answer = await api.post("bookings", {**asked, "party_size": 2})
    assert answer.status_code == 409
    assert answer.json()["code"] == "id_reused"
    assert "Nguyễn" not in answer.text


async def test_the_idempotency_key_stands_for_the_id(api: Api) -> None:
    asked = booking()
    key = asked.pop("booking_id")
    first = await api.done("bookings", asked, headers={"Idempotency-Key": f'"{key}"'})
    again = await api.done("bookings", asked, headers={"Idempotency-Key": key})
    assert first == again
    assert first["booking_id"] == key


async def test_a_booking_may_hold_several_services(api: Api) -> None:
    asked = booking(services=[{"service": "copy", "quantity": 2}, {"service": "record"}])
    del asked["service"]
    booked = await api.done("bookings", asked)
    ticket = await api.seen(f"/tickets/{booked['token']}")
    assert [(s["service"], s["quantity"]) for s in ticket["services"]] == [
        ("copy", 2),
        ("record", 1),
    ]


async def test_a_phone_is_kept_as_it_is_dialled(api: Api) -> None:
    booked = await api.done("bookings", booking(phone="0165 234 5678"))
    ticket = await api.seen(f"/tickets/{booked['token']}")
    assert ticket["phone"] == "+84352345678"


async def test_a_full_time_says_which_cap_and_how_many_are_left(api: Api) -> None:
    for _ in range(2):
        await api.done("bookings", booking())
    answer = await api.post("bookings", booking())
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"].endswith("slot_full")
    assert (problem["cap"], problem["left"]) == ("queue", 0)


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"starts_at": "2026-03-31T07:30:00+07:00"}, 422, "in_the_past"),
    ({"starts_at": "2026-04-05T09:00:00+07:00"}, 422, "closed_day"),
    ({"starts_at": "2026-03-31T12:00:00+07:00"}, 422, "not_a_slot"),
    ({"starts_at": "2026-03-31T09:02:00+07:00"}, 422, "not_a_slot"),
    ({"starts_at": "2027-03-31T09:00:00+07:00"}, 422, "too_far"),
    ({"starts_at": "2026-03-31T09:00:00"}, 422, "bad_moment"),
    ({"starts_at": "9 o'clock"}, 422, "bad_moment"),
    ({"starts_at": "0001-01-01T00:00:00+14:00"}, 422, "bad_moment"),
    ({"starts_at": "9999-12-31T23:59:59-12:00"}, 422, "bad_moment"),
    ({"service": "no-such-thing"}, 422, "unknown_service"),
    ({"service": "copy\u0000"}, 422, "bad_letters"),
    ({"services": []}, 422, "too_short"),
    ({"services": [{"service": "copy", "quantity": 0}]}, 422, "out_of_range"),
    ({"services": [{"service": "copy"}]}, 422, "one_of"),
    ({"party_size": 0}, 422, "party_too_small"),
    ({"party_size": -3}, 422, "party_too_small"),
    ({"party_size": 99}, 422, "party_too_large"),
    ({"party_size": 10**30}, 422, "party_too_large"),
    ({"party_size": "two"}, 422, "wrong_type"),
    ({"phone": "call me"}, 422, "bad_phone"),
    ({"phone": "12"}, 422, "bad_phone"),
    ({"phone": "0" * 5000}, 422, "bad_phone"),
    ({"name": ""}, 422, "bad_name"),
    ({"name": "   "}, 422, "bad_name"),
    ({"name": "A" * 10_000}, 422, "bad_name"),
    ({"name": "A\u0000B"}, 422, "bad_name"),
    ({"name": "A\u001b[31mB"}, 422, "bad_name"),
    ({"name": "A\u202eB"}, 422, "bad_name"),
    ({"name": None}, 422, "wrong_type"),
    ({"booking_id": "mine"}, 422, "bad_id"),
    ({"language": "fr"}, 422, "not_a_choice"),
    ({"priority": "I am important"}, 422, "bad_letters"),
    ({"needs": ["a"] * 50}, 422, "too_long"),
    ({"party-size": 2}, 422, "unknown_field"),
]


@pytest.mark.parametrize(("change", "status", "code"), WRONG, ids=lambda part: str(part)[:40])
async def test_a_wrong_booking_is_refused_in_plain_words_and_books_nothing(
    api: Api, change: dict[str, Any], status: int, code: str
) -> None:
    before = await _free(api)
    asked = booking() | change
    vi, en = (
        await api.in_("vi").post("bookings", asked),
        await api.in_("en").post("bookings", asked),
    )

    for answer in (vi, en):
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].endswith(f"/{code}")
    assert vi.json()["detail"] != en.json()["detail"]
    assert vi.headers["content-language"] == "vi"
    assert await _free(api) == before


async def test_a_closed_day_is_named(api: Api) -> None:
    api.office.file["closures"].append(
        {"day": "2026-04-01", "name_vi": "Ngày lễ", "name_en": "Holiday"}
    )
    from tests.offices import import_again

    await import_again(api.pool, api.office)
    answer = await api.in_("en").post(
        "bookings", booking() | {"starts_at": "2026-04-01T09:00:00+07:00"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "closed_day")
    assert "Holiday" in answer.json()["title"]


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"", "application/json", 400, "not_json"),
        (b"{", "application/json", 400, "not_json"),
        (b"\xff\xfe", "application/json", 400, "not_json"),
        (b'{"name": "\\ud800"}', "application/json", 400, "not_json"),
        (b"[" * 60_000, "application/json", 422, "wrong_type"),
        (b"[]", "application/json", 422, "wrong_type"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b"name=A", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b" " * 70_000, "application/json", 413, "body_too_large"),
    ],
)
async def test_what_is_no_booking_at_all_is_told_apart(
    api: Api, body: bytes, kind: str, status: int, code: str
) -> None:
    answer = await api.post("bookings", content=body, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert answer.json()["type"].endswith(f"/{code}")


async def test_an_unknown_office_and_address_are_not_found(api: Api) -> None:
    office = await api.post("/offices/nowhere/bookings", booking())
    assert (office.status_code, office.json()["code"]) == (404, "no_such_office")
    odd = await api.post("/offices/a%00b/bookings", booking())
    assert (odd.status_code, odd.json()["code"]) == (404, "no_such_office")
    address = await api.get("/nothing/here")
    assert (address.status_code, address.json()["code"]) == (404, "no_such_page")


async def test_another_method_is_told_which_there_are(api: Api) -> None:
    answer = await api.get("bookings")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["code"] == "not_allowed"


@pytest.mark.parametrize("key", ["", "x" * 101, "chìa", "not a uuid"])
async def test_a_key_that_cannot_be_one_is_refused(api: Api, key: str) -> None:
    asked = booking()
    del asked["booking_id"]
    answer = await api.post("bookings", asked, headers={"Idempotency-Key": key.encode()})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_key")


@pytest.mark.parametrize("key", ["", "x" * 101, "hai lần".encode(), b"a b", b"\xa0a", b"\x85a"])
async def test_a_key_is_what_the_document_says_and_nothing_is_cut_off_it(
    api: Api, key: str | bytes
) -> None:
    clerk = await api.as_("clerk")
    answer = await clerk.post("areas/hall/staff", {"present": 3}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_key")


async def test_a_key_in_quotes_is_the_same_key(api: Api) -> None:
    clerk = await api.as_("clerk")
    for key in ("k1", '"k1"'):
        done = await clerk.post(
            "areas/hall/staff", {"present": 3}, headers={"Idempotency-Key": key}
        )
        assert done.status_code == 200, done.text
    again = await clerk.post(
        "areas/hall/staff", {"present": 4}, headers={"Idempotency-Key": '"k1"'}
    )
    assert (again.status_code, again.json()["code"]) == (409, "id_reused")


async def test_two_different_keys_are_refused(api: Api) -> None:
    answer = await api.post("bookings", booking(), headers={"Idempotency-Key": str(uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (422, "two_keys")


async def test_a_key_nobody_gave_out_books_nothing(api: Api) -> None:
    answer = await api.post("bookings", booking(), headers={"authorization": "Bearer " + "x" * 43})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_booking_by_an_operator_came_by_hotline(api: Api) -> None:
    operator = await api.as_("operator")
    booked = await operator.done("bookings", booking())
    ticket = await api.seen(f"/tickets/{booked['token']}")
    assert ticket["channel"] == "hotline"


async def _free(api: Api) -> Any:
    return await api.seen("slots", params={"service": "copy", "from": "2026-03-31", "days": 1})
