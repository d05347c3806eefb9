"""Calendar and texts of an authority: below its offices' own, once passed on."""

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from queue_service.offices import FileError
from queue_service.offices.shared import read
from tests.authority import ACTOR, confirm, direct, make_authority, work
from tests.lobby import Lobby
from tests.offices import LONG_AGO, make_office

pytestmark = pytest.mark.anyio

NAMES: dict[str, str] = dict.fromkeys(
    ("office", "place", "phone", "area", "counter", "where", "service"), "x"
)
FILE = """
[[closed]]
day = 2026-04-02
until = 2026-04-03
name.vi = "Ngày truyền thống"
name.en = "Local day"

[[open]]
day = 2026-04-05
hours = ["08:00-11:00"]

[texts.confirmation]
vi = "Da dat {hour} {day}. Ma {code}."
en = "Booked {hour} {day}. Code {code}."
"""


async def test_the_calendar_reaches_every_office_and_moves_who_is_booked(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    authority = await make_authority(pool, lobby.office)
    thursday = Lobby(pool, lobby.office, days=2)
    await lobby.book_group([thursday.request("09:00", phone="+84905123456")])
    await commands.keep_shared(pool, lobby.at("07:05"), ACTOR, authority, read(FILE, "f", NAMES))
    directive_id = await direct(pool, authority, None, [lobby.office], lobby.at("07:10"), "pass_on")
    await work(pool, lobby.at("07:10"))
    shown = await reads.directive(pool, directive_id)
    assert shown is not None
    assert shown["offices"][0]["moves"] == 1
    await confirm(pool, directive_id, lobby.at("07:11"))
    await work(pool, lobby.at("07:11"))
    file = await reads.office_file(pool, lobby.office.office_id)
    assert file is not None
    assert {"2026-04-02", "2026-04-03"} <= {row["day"] for row in file["closures"]}
    assert [row["day"] for row in file["special_openings"]] == ["2026-04-05"]
    assert {row["kind"] for row in file["message_texts"]} == {"confirmation"}
    assert await lobby.differences("07:20") == []


async def test_an_office_with_hours_of_its_own_on_that_day_keeps_them(pool: Pool) -> None:
    def open_that_day(file: dict[str, list[object]]) -> None:
        own = {"day": "2026-04-05", "opens": "07:30:00", "closes": "09:00:00"}
        file["special_openings"] = [own]

    lobby = Lobby(pool, await make_office(pool, change=open_that_day))
    authority = await make_authority(pool, lobby.office)
    await commands.keep_shared(pool, LONG_AGO, ACTOR, authority, read(FILE, "f", NAMES))
    file = await reads.standing_file(pool, lobby.office.office_id)
    assert file is not None
    assert [row["closes"] for row in file["special_openings"]] == ["09:00:00"]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("until = 2026-04-03", "until = 2026-04-01", 4, "until must be"),
        ("08:00-11:00", "8-11", 10, "cannot read the hours"),
        ("texts.confirmation", "texts.hello", 12, "no message hello"),
        ("Ma {code}", "Ma {kode}", 13, "there is no {kode}"),
        ("[[open]]", "[[opened]]", 8, "nothing is called opened"),
        ("day = 2026-04-02", "day = never", 3, "not TOML"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, said: str) -> None:
    assert old in FILE
    with pytest.raises(FileError) as caught:
        read(FILE.replace(old, new, 1), "f", NAMES)
    problem = caught.value.problems[0]
    assert problem.line == line
    assert said in problem.en


async def test_there_is_no_calendar_of_nobody(pool: Pool) -> None:
    with pytest.raises(Refused, match="no_such_authority"):
        await commands.keep_shared(pool, LONG_AGO, ACTOR, "nowhere", {})
