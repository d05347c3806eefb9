"""The PostgreSQL of one folder: shared by its users, stopped by the last, back after a kill."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from queue_service import db, embedded
from queue_service.settings import Settings

QUICK = {"fsync": "off"}


@pytest.fixture
def folder() -> Generator[Path, None, None]:
    """Below /tmp itself: pytest's own folders are closed to the user root drops to."""
    made = Path(tempfile.mkdtemp(prefix="qs-embedded-"))
    made.chmod(0o711)
    yield made / "data"
    stop(made / "data")
    shutil.rmtree(made, ignore_errors=True)


def pid_of(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split()[0])


def running(data: Path) -> int | None:
    try:
        return pid_of(data)
    except (OSError, IndexError):
        return None


def kill(pid: int) -> None:
    """As the kernel does it: the signal is sent, and only some time later the process has ended."""
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        time.sleep(0.01)
    raise AssertionError(f"{pid} outlived its kill")


def stop(data: Path) -> None:
    if (data / "postgres" / "postmaster.pid").exists():
        embedded.hold(data).release()


def answers(held: embedded.Held) -> bool:
    async def ask() -> bool:
        try:
            async with db.owner(held.url(database="postgres")) as connection:
                return await connection.fetchval("select 1") == 1
        except db.Unavailable:
            return False

    return asyncio.run(ask())


def execute(held: embedded.Held, sql: str) -> None:
    async def act() -> None:
        async with db.owner(held.url(database="postgres")) as connection:
            await connection.execute(sql)

    asyncio.run(act())


def user(data: Path, then: str) -> "subprocess.Popen[str]":
    """Another process that holds the server and then does something; says `up` when it holds it."""
    program = f"""
        import sys, time
        from pathlib import Path
        from queue_service import embedded
        held = embedded.hold(Path({str(data)!r}), "", {QUICK!r})
        print("up", flush=True)
        {then}
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    )


def heard(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_it_starts_answers_stops_and_keeps_its_data(folder: Path) -> None:
    with embedded.held(folder, "", QUICK) as held:
        execute(held, "create table kept as select 7 as n")
    assert not answers(held)
    assert not (folder / "postgres" / "postmaster.pid").exists()
    with embedded.held(folder, "", QUICK) as held:
        execute(held, "select 1 / (count(*) filter (where n = 7)) from kept")


def test_the_last_user_stops_it_and_not_the_first(folder: Path) -> None:
    first = embedded.hold(folder, "", QUICK)
    second = embedded.hold(folder, "", QUICK)
    assert not first.release()
    assert not first.release()
    assert answers(second)
    assert second.release()
    assert not answers(second)


def test_several_starting_at_once_share_one_server(folder: Path) -> None:
    users = [user(folder, "sys.stdin.read()") for _ in range(4)]
    assert [heard(one) for one in users] == ["up"] * 4
    server = pid_of(folder)
    with embedded.held(folder, "", QUICK) as held:
        for one in users:
            one.kill()
            one.wait()
        assert pid_of(folder) == server
        assert answers(held)
    assert not answers(held)


def test_a_killed_user_leaves_no_hold_behind(folder: Path) -> None:
    killed = user(folder, "time.sleep(600)")
    assert heard(killed) == "up"
    killed.kill()
    killed.wait()
    held = embedded.hold(folder, "", QUICK)
    assert held.release()
    assert not answers(held)


def test_ctrl_c_on_a_user_does_not_reach_the_server(folder: Path) -> None:
    with embedded.held(folder, "", QUICK) as held:
        assert os.getsid(pid_of(folder)) != os.getsid(0)
        assert answers(held)


def test_after_a_kill_9_of_the_server_everything_confirmed_is_there(folder: Path) -> None:
    held = embedded.hold(folder)
    execute(held, "create table kept as select generate_series(1, 1000) as n")
    kill(pid_of(folder))
    with embedded.held(folder) as again:
        execute(again, "select 1 / (count(*) / 1000) from kept")
        held.release()


def test_a_killed_server_is_started_again_under_its_users(folder: Path) -> None:
    with embedded.held(folder, "", QUICK) as held:
        assert not held.ensure()
        kill(pid_of(folder))
        assert held.ensure()
        assert answers(held)
    assert not answers(held)


def test_whoever_uses_the_database_sees_it_come_back_after_a_kill(folder: Path) -> None:
    with db.database(Settings(data_dir=folder)):
        before = pid_of(folder)
        os.kill(before, signal.SIGKILL)
        until = time.monotonic() + 20
        while (now := running(folder)) in (None, before) and time.monotonic() < until:
            time.sleep(0.05)
        assert now not in (None, before)
    assert running(folder) is None


def test_a_stale_pid_file_whose_number_another_process_has_now_is_no_hindrance(
    folder: Path,
) -> None:
    with embedded.held(folder, "", QUICK):
        lines = (folder / "postgres" / "postmaster.pid").read_text().splitlines()
    other = subprocess.Popen(["sleep", "600"])
    try:
        lines[0] = str(other.pid)
        (folder / "postgres" / "postmaster.pid").write_text("\n".join(lines))
        with embedded.held(folder, "", QUICK) as held:
            assert answers(held)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_first_start_that_was_killed_half_way_is_begun_anew(folder: Path) -> None:
    (folder / "postgres.new" / "base").mkdir(parents=True)
    with embedded.held(folder, "", QUICK) as held:
        assert answers(held)


def test_a_long_folder_name_gets_a_short_socket(folder: Path) -> None:
    deep = folder / ("x" * 60) / ("y" * 60)
    with embedded.held(deep, "", QUICK) as held:
        assert answers(held)
        assert len(str(held.socket_folder)) < 90
        assert held.socket_folder.stat().st_mode & 0o777 == 0o700


def test_data_of_another_version_is_refused_in_words(folder: Path) -> None:
    with embedded.held(folder, "", QUICK):
        pass
    (folder / "postgres" / "PG_VERSION").write_text("13\n")
    with pytest.raises(embedded.EmbeddedError, match="POSTGRES_BIN"):
        embedded.hold(folder, "", QUICK)


def test_programs_that_are_not_there_are_named(folder: Path) -> None:
    with pytest.raises(embedded.EmbeddedError, match="/no/such"):
        embedded.hold(folder, "/no/such")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_root_may_keep_it_below_a_closed_home(folder: Path) -> None:
    closed = folder.parent / "home"
    closed.mkdir(mode=0o700)
    with embedded.held(closed / "service" / "data", "", QUICK) as held:
        assert answers(held)
        execute(held, "create table kept (n int)")
        kill(pid_of(closed / "service" / "data"))
    with embedded.held(closed / "service" / "data", "", QUICK) as held:
        execute(held, "select * from kept")
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_the_server_of_root_runs_as_somebody_else(folder: Path) -> None:
    with embedded.held(folder, "", QUICK):
        owner = Path(f"/proc/{pid_of(folder)}").stat().st_uid
        assert pwd.getpwuid(owner).pw_name in ("postgres", "nobody")


@pytest.mark.skipif(os.geteuid() != 0, reason="root can try it as an ordinary user")
def test_an_ordinary_user_may_keep_it_too(folder: Path) -> None:
    programs = Path("/usr/lib/postgresql/15/bin")
    if not programs.exists():
        pytest.skip("needs programs that every user can reach")
    someone = pwd.getpwnam("nobody").pw_uid
    folder.mkdir()
    os.chown(folder, someone, someone)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(someone)
            os.setuid(someone)
            with embedded.held(folder, str(programs), QUICK) as held:
                code = 0 if answers(held) and pid_of(folder) else 1
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
    assert not (folder / "postgres" / "postmaster.pid").exists()
