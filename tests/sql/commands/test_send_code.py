"""A new code to prove a phone with."""

import pytest

from queue_service.db import Pool, Refused
from tests.fairness import BINH, fair, wait
from tests.lobby import Lobby
from tests.offices import Office, make_office
from tests.sql.scenes import held_request, hold

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(pool: Pool) -> Office:
    return await make_office(pool, planned=1, change=fair(prove_phone=True))


async def test_a_new_code_takes_the_place_of_the_old_and_few_are_sent_in_an_hour(
    pool: Pool, office: Office
) -> None:
    lobby = Lobby(pool, office)
    visit = await hold(lobby, "08:00")
    await lobby.do("send_code", "07:01", visit, "222222")
    await lobby.do("send_code", "07:02", visit, "333333")
    with pytest.raises(Refused, match="too_many_codes") as refused:
        await lobby.do("send_code", "07:03", visit, "444444")
    assert refused.value.status == 429
    assert 0 < refused.value.facts["retry_after"] <= 3600
    rows = await lobby.book_group([held_request(lobby, "09:00")], "07:04")
    assert rows[0][0] == "too_many_codes"
    await hold(lobby, "09:00", "07:05", BINH)  # another phone is not concerned
    assert (await lobby.do("prove_phone", "07:05", visit, "123456"))["decision"] == "wrong_code"
    assert (await lobby.do("prove_phone", "07:05", visit, "333333"))["decision"] == "proven"


async def test_who_wants_to_wait_is_sent_few_codes_too(pool: Pool, office: Office) -> None:
    lobby = Lobby(pool, office)
    who = {"visit_id": (await wait(lobby, "07:00", BINH))["waiting_id"]}
    await lobby.do("send_code", "07:01", who, "222222")
    await lobby.do("send_code", "07:02", who, "333333")
    with pytest.raises(Refused, match="too_many_codes"):
        await lobby.do("send_code", "07:03", who, "444444")
    with pytest.raises(Refused, match="too_many_codes"):
        await wait(lobby, "07:03", BINH)
    assert (await lobby.do("prove_phone", "07:05", who, "222222"))["decision"] == "wrong_code"
    assert (await lobby.do("prove_phone", "07:05", who, "333333"))["decision"] == "proven"
