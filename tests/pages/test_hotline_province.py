"""One sign-in for a province of 94 wards: the page knows who is near."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import httpx2
import pytest

from queue_service import commands, db, offices, tokens
from queue_service.offices import reader
from tests.offices import LONG_AGO, fresh_number
from tests.serving import Served

pytestmark = pytest.mark.anyio

WARDS = 94
PHONE = "0905 123 456"


async def province(pool: db.Pool) -> Sequence[int]:
    """Wards along a road, a good kilometre from one to the next."""
    file = reader.read(Path(offices.__file__).parent / "ward.toml", date(2026, 3, 1)).document
    numbers = [await fresh_number(pool) for _ in range(WARDS)]
    for place, number in enumerate(numbers):
        own = {"slug": f"xa-{number}", "name_vi": f"Trung tâm xã số {place}"}
        own |= {"old_names": [f"xã Hòa Liên {place}, huyện Hòa Vang"], "aliases": []}
        own |= {"latitude": 15.5 + place / 100, "longitude": 108.0}
        office = {**file["office"], **own}
        await commands.import_office(pool, number, LONG_AGO, "test", {**file, "office": office})
    return numbers


async def test_one_page_for_a_province_finds_the_ward_and_offers_those_near_by(
    served: Served, pool: db.Pool
) -> None:
    numbers = await province(pool)
    token = await tokens.make(pool, LONG_AGO, "operator", numbers, "the province")
    asked = {"phone": PHONE, "name": "Bé", "what": "giay doc than", "where": "hoa lien 40"}
    async with httpx2.AsyncClient(
        base_url=served.url,
        headers={"accept-language": "vi", "sec-fetch-site": "same-origin"},
        cookies={"token": token},
    ) as operator:
        answer = await operator.post("/hotline", data=asked)
    assert answer.status_code == 200
    page = answer.text
    shown = [page.index(f"xã số {place}<") for place in (40,)]
    near = [page.index(f"xã số {place} ") for place in (39, 41)]
    assert shown[0] < min(near)
    assert "cách 1.1 km" in page
    assert "xã số 50" not in page
