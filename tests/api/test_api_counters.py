"""Counters through the API, and who may do what."""

from typing import Any

import pytest

from tests.api.conftest import Api

pytestmark = pytest.mark.anyio


async def number(api: Api, service: str = "copy") -> dict[str, Any]:
    kiosk = await api.as_("kiosk")
    answer = await kiosk.done("walk-ins", {"service": service})
    assert answer["decision"] == "enter"
    await kiosk.done(f"visits/{answer['visit']['visit_id']}/slip", {"slip": "printed"})
    return answer["visit"]


async def test_a_number_is_called_served_and_finished(api: Api) -> None:
    clerk = await api.as_("clerk")
    visit = await number(api)
    assert (await clerk.done("counters/1/open"))["state"] == "open"
    called = await clerk.done("counters/1/call-next")
    assert (called["number"], called["state"], called["counter"]) == ("A001", "called", "1")
    at = f"visits/{visit['visit_id']}"
    assert (await clerk.done(f"{at}/recall"))["state"] == "called"
    assert (await clerk.done(f"{at}/serve"))["state"] == "serving"
    seen = await clerk.seen("counters/1")
    assert [one["visit_id"] for one in seen["visits"]] == [visit["visit_id"]]
    assert (await clerk.done(f"{at}/finish"))["state"] == "done"
    nobody = await clerk.post("counters/1/call-next")
    assert (nobody.status_code, nobody.json()["code"]) == (409, "nobody_waiting")


async def test_parked_resumed_transferred_absent(api: Api) -> None:
    clerk = await api.as_("clerk")
    visit = await number(api)
    at = f"visits/{visit['visit_id']}"
    await clerk.done("counters/1/open")
    await clerk.done("counters/1/call-next")
    await clerk.done(f"{at}/serve")
    assert (await clerk.done(f"{at}/park", {"place": "here", "reason": "a copy"}))[
        "parked"
    ] == "here"
    assert (await clerk.done(f"{at}/resume", {"counter": "1"}))["counter"] == "1"
    moved = await clerk.done(f"{at}/transfer", {"queue": "permits"})
    assert (moved["queue"], moved["number"]) == ("permits", visit["number"])
    await clerk.done("counters/3/open")
    await clerk.done("counters/3/call", {"number": visit["number"].lower()})
    assert (await clerk.done(f"{at}/absent"))["state"] == "absent"


async def test_a_call_out_of_turn_names_who_was_passed(api: Api) -> None:
    clerk = await api.as_("clerk")
    first, second = await number(api), await number(api)
    await clerk.done("counters/1/open")
    called = await clerk.done("counters/1/call", {"number": second["number"]})
    assert called["passed"] == [first["number"]]
    none = await clerk.post("counters/1/call", {"number": "Z999"})
    assert (none.status_code, none.json()["code"]) == (404, "no_such_number")


async def test_the_queue_says_who_waits_and_why(api: Api) -> None:
    clerk = await api.as_("clerk")
    first, second = await number(api), await number(api)
    lines = (await clerk.seen("queue"))["lines"]
    line = next(line for line in lines if line["queue"] == "justice")
    assert [visit["number"] for visit in line["visits"]] == [first["number"], second["number"]]
    assert line["visits"][1]["ahead"] == 1


async def test_a_closed_counter_calls_nobody(api: Api) -> None:
    clerk = await api.as_("clerk")
    await number(api)
    closed = await clerk.post("counters/1/call-next")
    assert (closed.status_code, closed.json()["code"]) == (409, "counter_closed")
    until = "2026-03-31T10:00:00+07:00"
    await clerk.done("counters/1/open")
    paused = await clerk.done("counters/1/pause", {"reason": "Nghỉ giải lao", "until": until})
    assert (paused["state"], paused["until"]) == ("paused", until)
    assert (await clerk.done("counters/1/close"))["state"] == "closed"
    for wrong in ("counters/99/open", "counters/..%2f/open", "counters/%00/open"):
        answer = await clerk.post(wrong)
        assert answer.status_code == 404, wrong


async def test_the_same_call_with_the_same_key_calls_one_visitor(api: Api) -> None:
    clerk = await api.as_("clerk")
    await number(api)
    await number(api)
    await clerk.done("counters/1/open")
    key = {"Idempotency-Key": "space bar, 08:00:01".replace(" ", "_")}
    first = await clerk.done("counters/1/call-next", headers=key)
    again = await clerk.done("counters/1/call-next", headers=key)
    assert first["number"] == again["number"] == "A001"


@pytest.mark.parametrize("visit", ["nobody", "0f0e0d0c-0b0a-4908-8706-050403020100", "%00"])
async def test_a_visit_that_is_not_there_is_not_found(api: Api, visit: str) -> None:
    clerk = await api.as_("clerk")
    answer = await clerk.post(f"visits/{visit}/serve")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_visit")


async def test_a_device_may_send_its_key_as_a_cookie(api: Api) -> None:
    clerk = await api.as_("clerk")
    token = clerk.headers.pop("authorization").removeprefix("Bearer ")
    clerk.headers["cookie"] = f"token={token}"
    assert (await clerk.get("queue")).status_code == 200
    clerk.headers["sec-fetch-site"] = "same-origin"
    assert (await clerk.post("counters/1/open")).status_code == 200
    clerk.headers["sec-fetch-site"] = "cross-site"
    assert (await clerk.post("counters/1/close")).status_code == 403


async def press(clerk: Any, key: str, **more: Any) -> tuple[int, Any]:
    answer = await clerk.post("counters/1/keys", {"key": key, **more})
    body = answer.json()
    return answer.status_code, body.get("code") or (body["did"], body["number"])


async def test_a_keypad_needs_to_know_nothing_but_its_keys(api: Api) -> None:
    clerk = await api.as_("clerk")
    for _ in range(3):
        await number(api)
    assert await press(clerk, "recall") == (409, "nobody_here")
    assert await press(clerk, "step") == (200, ("open", None))
    assert await press(clerk, "step") == (200, ("call", "A001"))
    assert await press(clerk, "recall") == (200, ("recall", "A001"))
    assert await press(clerk, "absent") == (200, ("absent", "A001"))
    assert await press(clerk, "undo") == (200, ("undo", "A001"))
    assert await press(clerk, "undo") == (409, "cannot_undo")
    assert await press(clerk, "step") == (200, ("call", "A001"))
    assert await press(clerk, "step") == (200, ("serve", "A001"))
    assert await press(clerk, "step") == (200, ("finish", "A002"))
    assert await press(clerk, "park-away") == (200, ("park", "A002"))
    assert await press(clerk, "step", at_once=True) == (200, ("call", "A003"))
    seen = await clerk.seen("counters/1")
    assert [(one["number"], one["state"]) for one in seen["visits"]] == [("A003", "serving")]
    assert await press(clerk, "step", at_once=True) == (200, ("finish", "A003"))
    assert await press(clerk, "step") == (409, "nobody_waiting")
    assert await press(clerk, "question") == (200, ("question", None))
    assert (await clerk.seen("counters/1"))["questions"] == 1
    assert await press(clerk, "dance") == (422, "not_a_choice")
    nowhere = await clerk.post("counters/99/keys", {"key": "step"})
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "no_such_counter")


async def test_a_key_sent_twice_after_a_cut_happens_once(api: Api) -> None:
    clerk = await api.as_("clerk")
    await number(api)
    await clerk.done("counters/1/open")
    headers = {"idempotency-key": "press-1"}
    codes = [
        (await clerk.post("counters/1/keys", {"key": "step"}, headers=headers)).status_code
        for _ in range(2)
    ]
    assert codes == [200, 409]
    [visit] = (await clerk.seen("counters/1"))["visits"]
    assert visit["state"] == "called"


async def test_dossiers_and_questions_through_the_api(api: Api) -> None:
    clerk = await api.as_("clerk")
    visit = await number(api)
    at = f"visits/{visit['visit_id']}/dossiers"
    early = await clerk.post(at, {"code": "H17-1"})
    assert (early.status_code, early.json()["code"]) == (409, "not_at_counter")
    await clerk.done("counters/1/open")
    await clerk.done("counters/1/call-next")
    assert (await clerk.done(at, {"code": "h17-1"}))["number"] == "A001"
    wrong = await clerk.post(at, {"code": "không phải mã"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_dossier")
    asked = await clerk.done("counters/1/questions")
    assert asked == {"counter": "1", "today": 1}
