"""What every page relies on: whom to believe, what a form may hold, who gets in."""

from dataclasses import replace
from typing import Any, cast

import httpx2
import pytest
from starlette.datastructures import State
from starlette.requests import Request

from queue_service import db, tokens, web
from queue_service.settings import Settings
from tests.offices import Office, make_office
from tests.serving import BEGINS, serve

pytestmark = pytest.mark.anyio


def request_from(host: str, forwarded: str = "", trusted: str = "127.0.0.1") -> web.AppRequest:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    state = {"settings": Settings(forwarded_allow_ips=trusted)}
    scope = {"type": "http", "client": (host, 1), "headers": headers, "state": state}
    return cast("web.AppRequest", Request[State](cast("Any", scope)))


@pytest.mark.parametrize(
    ("host", "forwarded", "believed"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "nonsense", "nonsense"),
    ],
)
def test_only_a_trusted_proxy_speaks_for_others(host: str, forwarded: str, believed: str) -> None:
    request = request_from(host, forwarded, "127.0.0.1, 10.0.0.0/8")
    assert web.address(request) == believed


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Nguyễn   Thị  Ánh ", "Nguyễn Thị Ánh"),
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("", None),
        ("   ", None),
        ("a\nb", None),
        ("a\x00b", None),
        ("a\u2028b", None),
        ("A\u202eB \u200bC\ufeff", "AB C"),
        ("\u202e", None),
        ("\U0001f469\u200d\U0001f4bc", "\U0001f469\u200d\U0001f4bc"),
        ("\ud800", None),
        ("a" * 101, None),
        ("a" * 100_000, None),
    ],
)
def test_a_name_is_one_plain_line(text: str, kept: str | None) -> None:
    assert web.clean_line(text, 100) == kept


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "/\\evil", "evil", "", None, "/a\r\nb"]
)
def test_nobody_is_sent_to_another_site(path: str | None) -> None:
    assert web.own_path(path) is None
    assert web.own_path("/counter/ward?x=1") == "/counter/ward?x=1"


@pytest.mark.parametrize(
    "text", ["", "9", "2026-03-31", "2026-03-31T09:00", "9999-01-01T00:00:00Z", "0001-01-01T00:00Z"]
)
def test_a_moment_needs_its_offset_and_a_sane_year(text: str) -> None:
    assert web.read_moment(text) is None
    # A plus sign that a browser took for a space.
    assert web.read_moment("2026-03-31T09:00:00 07:00") == web.read_moment("2026-03-31T02:00:00Z")


async def test_guessing_links_comes_to_an_end(settings: Settings, pool: db.Pool) -> None:
    strict = replace(settings, failed_codes_per_hour=3)
    async with (
        serve(strict, pool) as served,
        httpx2.AsyncClient(
            base_url=served.url,
            headers={"accept-language": "en", "x-forwarded-for": f"198.51.100.{id(pool) % 250}"},
        ) as client,
    ):
        answers = [await client.get(f"/t/{'A' * 22}{n:02}") for n in range(6)]
    assert answers[0].status_code == 404
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "Too many tries" in answers[-1].text


async def test_a_token_opens_its_office_and_its_role_alone(
    settings: Settings, pool: db.Pool, office: Office
) -> None:
    elsewhere = await make_office(pool)
    clerk = await tokens.make(pool, BEGINS, "clerk", [office.office_id], "quầy 1")
    async with (
        serve(settings, pool) as served,
        httpx2.AsyncClient(base_url=served.url) as client,
    ):
        path = f"/api/v1/offices/{office.slug}/counters/1/open"
        assert (await client.post(path)).status_code == 401
        bearer = {"authorization": f"Bearer {clerk}"}
        assert (await client.post(path, headers=bearer)).status_code == 200
        cookie = {"cookie": f"token={clerk}", "sec-fetch-site": "same-origin"}
        second = path.replace("/1/", "/2/")  # the first is the program's that sent the header
        assert (await client.post(second, headers=cookie)).status_code == 200
        wrong = {"authorization": f"Bearer {clerk[:-1]}x"}
        assert (await client.post(path, headers=wrong)).status_code == 401
        other = path.replace(office.slug, elsewhere.slug)
        assert (await client.post(other, headers=bearer)).status_code == 403
        admit = f"/api/v1/offices/{office.slug}/visits/{web.fresh_id()}/admit"
        assert (await client.post(admit, json={"reason": "x"}, headers=bearer)).status_code == 403
