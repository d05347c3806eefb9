"""An export replayed through the real commands, from the command line and piece by piece."""

import argparse
import dataclasses
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from queue_service import db, replay
from queue_service.migrate import migrate
from queue_service.replay import play, read
from queue_service.replay.playing import most_at_once
from queue_service.replay.report import Report, percentile
from queue_service.settings import Settings

pytestmark = pytest.mark.anyio

EXPORT = Path(__file__).parent / "data" / "queue-machine.csv"
CLINIC = Path("clinic.toml")  # no such file here: the one that ships


@pytest.fixture
async def scratch(server: db.Database, worker_id: str) -> AsyncGenerator[db.Pool, None]:
    """A database of its own, as `replay` makes itself one."""
    mine = server.named(f"test_replay_{worker_id}")
    await db.drop_database(mine.owner_url)
    await migrate(mine.owner_url)
    async with db.connect(mine.app_url, size=1) as pool:
        yield pool
    await db.drop_database(mine.owner_url)


async def replayed(pool: db.Pool, cap: int | None = None) -> Report:
    export, file = read(EXPORT, CLINIC, cap)
    report, _ = await play(pool, file, export)
    return report


async def test_every_leg_that_makes_sense_goes_through(scratch: db.Pool) -> None:
    report = await replayed(scratch)
    assert report.held
    assert [day.refused for day in report.days] == [[], []]
    assert [day.tickets for day in report.days] == [16, 9]
    assert [day.void for day in report.days] == [3, 0]
    assert [day.legs for day in report.days] == [21, 12]
    assert [day.transfers for day in report.days] == [10, 4]


async def test_waits_are_those_of_the_export(scratch: db.Pool) -> None:
    report = await replayed(scratch)
    # 2 March, 1004: the number at 7:34:10, the room at 8:10:00
    assert max(report.days[0].waits) == pytest.approx(35 + 50 / 60)
    assert report.days[0].most_present == 11


async def test_a_cap_makes_some_wait_outside_and_loses_no_leg(scratch: db.Pool) -> None:
    report = await replayed(scratch, cap=5)
    assert report.held
    assert [day.refused for day in report.days] == [[], []]
    assert max(day.most_present for day in report.days) == 5
    assert sum(day.legs for day in report.days) == 33
    assert sum(len(day.outside) + day.gave_up_outside for day in report.days) > 5


def test_the_command_prints_it_all_and_leaves_nothing_behind(
    server: db.Database, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = dataclasses.replace(
        Settings(), database_url=server.app_url, database_owner_url=server.owner_url
    )
    assert run(settings, str(EXPORT), "--office", "clinic.toml") == 0
    said = capsys.readouterr().out
    assert "44 rows, 25 tickets, 33 legs" in said
    assert "20 (Laser Room 9)" in said
    assert "No command was refused" in said
    assert "Every cap was held" in said
    assert "agrees with the ledger" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.csv", "--office", "clinic.toml"], "missing.csv"),
        ([str(EXPORT), "--office", "nowhere.toml"], "nowhere.toml"),
        ([str(EXPORT), "--office", "clinic.toml", "--area-cap", "0"], "at least 1"),
        ([str(Path(__file__)), "--office", "clinic.toml"], "columns are missing: QDate"),
        (["nowhere.csv", "--office", "clinic.toml"], "cannot be read"),
    ],
)
def test_a_wrong_request_is_named(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Settings(), *arguments) == 2
    assert said in capsys.readouterr().err


def test_a_broken_cap_is_seen_in_the_ledger() -> None:
    stays = [
        {"started_at": "2020-03-02T07:00:00Z", "ended_at": "2020-03-02T07:10:00Z", "heads": 2},
        {"started_at": "2020-03-02T07:10:00Z", "ended_at": None, "heads": 2},
        {"started_at": "2020-03-02T07:05:00Z", "ended_at": "2020-03-02T07:06:00Z", "heads": 1},
    ]
    most, when = most_at_once(stays)
    assert most == 3
    assert when is not None
    assert when.isoformat() == "2020-03-02T07:05:00+00:00"


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([5, 1, 4, 2, 3], 0.9) == 5
    assert percentile([5, 1, 4, 2, 3], 0.5) == 3
    assert percentile([], 0.5) == 0


def run(settings: Settings, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    replay.arguments(parser)
    return replay.command(parser.parse_args(arguments), settings)
