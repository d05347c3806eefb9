"""What became of a call back."""

from typing import Any
from uuid import UUID

import pytest

from queue_service import commands, db, reads
from queue_service.db import Refused
from tests.offices import Office, make_office
from tests.serving import BEGINS
from tests.sql.scenes import wait_for_a_call

pytestmark = pytest.mark.anyio


async def wait_and(pool: db.Pool, office: Office, outcome: str) -> None:
    row = await wait_for_a_call(pool, office, name="Lê Văn Tám")
    number = UUID(row["call_back_id"])
    await commands.called_back(pool, office.office_id, BEGINS, "operator:An", None, number, outcome)


async def test_what_became_of_a_call_back_is_written_once(pool: db.Pool) -> None:
    office = await make_office(pool)
    row = await wait_for_a_call(pool, office)

    async def called(outcome: str) -> dict[str, Any]:
        number = UUID(row["call_back_id"])
        return await commands.called_back(
            pool, office.office_id, BEGINS, "operator:An", None, number, outcome
        )

    assert (await called("no_answer"))["tries"] == 1
    assert (await called("gave_up"))["state"] == "gave_up"
    with pytest.raises(Refused, match="call_back_over"):
        await called("done")
    with pytest.raises(Refused, match="unknown_word"):
        await wait_and(pool, office, "burnt")
    [left] = (await reads.call_backs(pool, BEGINS, [office.office_id], 50))["rows"]
    assert left["name"] == "Lê Văn Tám"
