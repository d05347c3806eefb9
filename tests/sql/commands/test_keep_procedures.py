"""The catalogue of an authority: an office has it once it is passed on, and stores what differs."""

from typing import Any

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool, Refused
from tests.authority import ACTOR, confirm, direct, make_authority, states, work
from tests.lobby import Lobby
from tests.offices import LONG_AGO, File, Office, make_office

pytestmark = pytest.mark.anyio


def procedure(
    code: str = "1.001193", name: str = "Đăng ký khai sinh", **more: Any
) -> dict[str, Any]:
    usual = {
        "name_en": "", "field_vi": "Hộ tịch", "field_en": "", "aliases": ["khai sinh"],
        "papers_vi": [], "papers_en": [], "minutes": None, "urgent": False, "in_person": False,
        "url": "",
    }  # fmt: skip
    return {"national_code": code, "name_vi": name, **usual, **more}


def with_code(file: File) -> None:
    """What it calls the first service is its own; of the second it says what the catalogue says."""
    file["services"][0] |= {"national_code": "2.000815"}
    file["services"][1] |= {"national_code": "1.001193", "name_vi": "Đăng ký khai sinh"}


async def keep(pool: Pool, authority: str, *rows: dict[str, Any], hour: int = 1) -> dict[str, Any]:
    at = LONG_AGO.replace(hour=hour)
    return await commands.keep_procedures(pool, at, ACTOR, authority, rows)


async def passed_on(pool: Pool, authority: str, lobby: Lobby, now: str) -> None:
    directive_id = await direct(pool, authority, None, [lobby.office], lobby.at(now), "pass_on")
    await work(pool, lobby.at(now))
    await confirm(pool, directive_id, lobby.at(now))
    await work(pool, lobby.at(now))
    assert set((await states(pool, directive_id)).values()) == {"applied"}


async def service(pool: Pool, office: Office, name: str) -> dict[str, Any]:
    file = await reads.office_file(pool, office.office_id)
    assert file is not None
    return next(row for row in file["services"] if row["service_id"] == name)


async def test_an_office_has_what_the_catalogue_says_once_it_is_passed_on(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, change=with_code))
    authority = await make_authority(pool, lobby.office)
    await keep(pool, authority, procedure(), procedure("2.000815", "Sao y", aliases=["sao y"]))
    assert (await service(pool, lobby.office, "record"))["aliases"] == []
    await passed_on(pool, authority, lobby, "07:10")
    record = await service(pool, lobby.office, "record")
    assert (record["name_vi"], record["aliases"]) == ("Đăng ký khai sinh", ["khai sinh"])
    copy = await service(pool, lobby.office, "copy")
    assert copy["name_vi"] == "Chứng thực bản sao"  # its own word, which differs
    assert copy["aliases"] == ["sao y"]


async def test_what_the_catalogue_says_otherwise_later_reaches_who_did_not_differ(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, change=with_code))
    authority = await make_authority(pool, lobby.office)
    await keep(pool, authority, procedure(), procedure("2.000815", "Sao y"))
    await passed_on(pool, authority, lobby, "07:10")
    own = await owner.fetchval(
        "select own from queue.layers where office_id = $1", lobby.office.office_id
    )
    record, copy = own["services"][1], own["services"][0]
    assert "name_vi" not in record  # stored above alone
    assert copy["name_vi"] == "Chứng thực bản sao"
    renamed = [
        procedure(name="Đăng ký khai sinh mới", urgent=True),
        procedure("2.000815", "Bản sao"),
    ]
    told = await commands.keep_procedures(pool, lobby.at("07:11"), ACTOR, authority, renamed)
    assert (told["added"], told["changed"]) == (0, 2)
    shown = await reads.authority(pool, authority)
    assert shown is not None
    assert [row["behind"] for row in shown["offices"]] == [True]
    await passed_on(pool, authority, lobby, "07:12")
    record = await service(pool, lobby.office, "record")
    assert (record["name_vi"], record["urgent"]) == ("Đăng ký khai sinh mới", True)
    assert (await service(pool, lobby.office, "copy"))["name_vi"] == "Chứng thực bản sao"
    shown = await reads.authority(pool, authority)
    assert shown is not None
    assert [row["behind"] for row in shown["offices"]] == [False]


async def test_who_leaves_the_authority_keeps_what_it_had(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, change=with_code))
    authority = await make_authority(pool, lobby.office)
    await keep(pool, authority, procedure(name_en="Birth"))
    await passed_on(pool, authority, lobby, "07:10")
    before = await reads.office_file(pool, lobby.office.office_id)
    await commands.place_office(pool, lobby.office.office_id, lobby.at("07:11"), "admin:x", None)
    standing = await reads.standing_file(pool, lobby.office.office_id)
    assert standing == before
    assert standing is not None
    await commands.import_office(pool, lobby.office.office_id, lobby.at("07:12"), "admin", standing)
    assert await reads.office_file(pool, lobby.office.office_id) == before


async def test_a_look_writes_nothing_and_the_same_again_changes_nothing(pool: Pool) -> None:
    authority = await make_authority(pool)
    told = await commands.keep_procedures(pool, LONG_AGO, ACTOR, authority, [procedure()], False)
    assert told["added"] == 1
    assert await reads.procedures(pool, authority) == []
    assert (await keep(pool, authority, procedure()))["added"] == 1
    again = await keep(pool, authority, procedure(), hour=2)
    assert (again["added"], again["changed"], again["lines"]) == (0, 0, [])
    found = await reads.procedures(pool, authority, "KHAI SINH")
    assert [row["national_code"] for row in found] == ["1.001193"]


async def test_there_is_no_catalogue_of_nobody(pool: Pool) -> None:
    with pytest.raises(Refused, match="no_such_authority"):
        await keep(pool, "nowhere", procedure())
