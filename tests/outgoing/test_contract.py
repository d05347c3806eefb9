"""What we ask of Twilio and what we understand of its answers, held to its own description.

TWILIO_OPENAPI names that description (a file), Prism stands in for Twilio from it.
"""

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from queue_service.outgoing.carrier import Outgoing
from queue_service.outgoing.twilio import Twilio, TwilioText, TwilioVoice
from tests.service import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

ACCOUNT, TOKEN = "AC" + "0" * 32, "token"
MESSAGE = Outgoing("7-abc", "+84905123456", "Mời ông/bà số A012 đến Quầy 3", "vi")


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Generator[str, None, None]:
    described = os.environ.get("TWILIO_OPENAPI", "")
    if not described or not Path(described).exists():
        pytest.skip("the contract with Twilio is left out: TWILIO_OPENAPI names no file")
    program = os.environ.get("PRISM") or shutil.which("prism")
    npx = shutil.which("npx")
    if program is None and npx is None:
        pytest.skip("the contract with Twilio is left out: there is no npx to run Prism")
    command = [program] if program else [str(npx), "--yes", "@stoplight/prism-cli@5"]
    port = free_port()
    log = tmp_path_factory.mktemp("prism") / "log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [*command, "mock", "-h", "127.0.0.1", "-p", str(port), described],
            stdout=said,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    try:
        asyncio.run(_answering(f"http://127.0.0.1:{port}", process, log))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


async def _answering(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    async with asyncio.timeout(240), httpx2.AsyncClient() as client:
        while True:
            assert process.poll() is None, f"Prism ended, see {log}"
            with contextlib.suppress(httpx2.HTTPError):
                await client.get(url)
                return
            await asyncio.sleep(0.2)


async def ask(twilio: Twilio, described: str) -> None:
    assert isinstance(twilio, TwilioText | TwilioVoice)
    try:
        taken = await twilio.send(MESSAGE)
        assert taken[:2] == described
        assert len(taken) == 34
        # What it lists is made up, so nothing of it is ours; that it is read is what counts.
        assert await twilio.find(MESSAGE, datetime.now(UTC)) == []
    finally:
        await twilio.close()


async def test_a_text_is_asked_for_as_twilio_describes_it(prism: str) -> None:
    status = "https://hen.example/twilio/status"
    for sender in ("+84236000000", "MG" + "0" * 32):
        twilio = TwilioText(ACCOUNT, TOKEN, sender, base_url=prism, status_url=status)
        await ask(twilio, "SM")


async def test_a_call_is_asked_for_as_twilio_describes_it(prism: str) -> None:
    status = "https://hen.example/twilio/status"
    twilio = TwilioVoice(ACCOUNT, TOKEN, "+84236000000", base_url=prism, status_url=status)
    await ask(twilio, "CA")


async def test_what_it_does_not_describe_would_be_found_out(prism: str) -> None:
    async with httpx2.AsyncClient(base_url=prism, auth=(ACCOUNT, TOKEN)) as client:
        answer = await client.post(
            f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", data={"Body": "to nobody"}
        )
    assert answer.status_code >= 400
