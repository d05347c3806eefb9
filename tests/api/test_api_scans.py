"""Pictures sent by a door's camera: read for devices alone, at a pace, and kept nowhere."""

import asyncio
import io
import logging
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from queue_service.api.scans import BURST
from queue_service.guard import LARGEST_PICTURE
from queue_service.settings import Settings
from queue_service.tickets import qr_png
from tests.api.conftest import Api

pytestmark = pytest.mark.anyio
LINK = f"https://hen.example/t/{'A' * 24}"


async def send(api: Api, raw: bytes, kind: str = "image/jpeg") -> httpx2.Response:
    return await api.post("scans", content=raw, headers={"content-type": kind})


def picture(text: str = LINK) -> bytes:
    raw = io.BytesIO()
    Image.open(io.BytesIO(qr_png(text))).convert("L").save(raw, "JPEG")
    return raw.getvalue()


@pytest.mark.parametrize("role", ["kiosk", "helper", "clerk"])
async def test_a_door_learns_what_stands_on_its_picture(api: Api, role: str) -> None:
    answer = await send(await api.as_(role), picture())
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"texts": [LINK]}
    assert answer.headers["cache-control"] == "no-store"


async def test_who_has_no_device_is_not_served(api: Api) -> None:
    assert (await send(api, picture())).status_code == 401
    assert (await send(await api.as_("board"), picture())).status_code == 403


async def test_what_is_no_picture_is_refused_in_the_readers_language(api: Api) -> None:
    kiosk = await api.as_("kiosk")
    answer = await api.post(
        "scans",
        content=b"\x00\xffnoise" * 50,
        headers={**kiosk.headers, "accept-language": "vi"},
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "not_a_picture"
    assert "mã" in answer.json()["detail"]


@pytest.mark.parametrize("announced", [True, False])
async def test_more_than_a_picture_is_not_taken_in(api: Api, announced: bool) -> None:
    kiosk = await api.as_("kiosk")
    large = bytes(LARGEST_PICTURE + 1)

    async def pieces():
        for start in range(0, len(large), 1 << 20):
            yield large[start : start + (1 << 20)]

    answer = await api.post(
        "scans", content=large if announced else pieces(), headers=kiosk.headers
    )
    assert answer.status_code == 413
    # and no other address takes so much
    answer = await kiosk.post("walk-ins", content=bytes(70_000))
    assert answer.status_code == 413


async def test_a_device_that_floods_is_slowed_down_and_others_are_not(api: Api) -> None:
    kiosk, helper = await api.as_("kiosk"), await api.as_("helper")
    answers = await asyncio.gather(*(send(kiosk, picture()) for _ in range(3 * BURST)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(answers) - len(refused) >= BURST
    assert refused
    assert refused[0].json()["code"] == "too_many_pictures"
    assert refused[0].headers["retry-after"] == "1"
    assert (await send(helper, picture())).status_code == 200


async def test_no_picture_and_no_text_of_it_is_kept_or_logged(
    api: Api, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def files() -> set[Path]:
        return set(settings.data_dir.rglob("*"))

    kiosk, before = await api.as_("kiosk"), files()
    with caplog.at_level(logging.DEBUG):
        assert (await send(kiosk, picture("a secret of somebody"))).status_code == 200
    assert files() == before
    assert "a secret of somebody" not in caplog.text
