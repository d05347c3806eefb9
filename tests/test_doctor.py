"""The doctor names what is wrong with an installation, in both languages."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from queue_service import db, doctor, migrate
from queue_service.settings import TICKET_SECRET_FILE, Settings


def said(findings: list[doctor.Finding], level: str) -> str:
    return "\n".join(str(finding) for finding in findings if finding.level == level)


def examine(database: db.Database) -> list[doctor.Finding]:
    return asyncio.run(doctor.look_at_database(database))


def test_a_migrated_database_is_fine(database: db.Database) -> None:
    findings = examine(database)
    # Tests trade a power cut's safety for speed; the doctor rightly says so.
    wrong = [finding for finding in findings if finding.level == doctor.WRONG]
    assert [finding for finding in wrong if "fsync" not in finding.en] == []
    if "TEST_DATABASE_URL" in os.environ:  # there we log in as the owner, who may do everything
        assert "may do everything" in said(findings, doctor.WARNING)
    else:
        assert "no table" in said(findings, doctor.FINE)
    assert "clock agrees" in said(findings, doctor.FINE)


def test_a_database_that_is_not_there_is_wrong() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:9/none"
    findings = examine(db.Database(nowhere, nowhere))
    assert "Kiểm tra DATABASE_URL" in said(findings, doctor.WRONG)
    assert "cannot be reached" in said(findings, doctor.WRONG)


def test_a_database_without_our_tables_says_what_to_run(server: db.Database) -> None:
    mine = server.named(f"doctor_{uuid4().hex}")
    assert "queue-service migrate" in said(examine(mine), doctor.WRONG)
    asyncio.run(db.create_database(mine.owner_url))
    try:
        assert "queue-service migrate" in said(examine(mine), doctor.WRONG)
    finally:
        asyncio.run(db.drop_database(mine.owner_url))


def test_table_rights_of_the_application_are_wrong(server: db.Database) -> None:
    mine = server.named(f"doctor_{uuid4().hex}")

    async def grant() -> None:
        await migrate.migrate(mine.owner_url)
        async with db.owner(mine.owner_url) as owner:
            await owner.execute(
                "grant usage on schema queue to queue_app; grant select on queue.visit to queue_app"
            )

    asyncio.run(grant())
    try:
        assert "queue.visit" in said(examine(mine), doctor.WRONG)
    finally:
        asyncio.run(db.drop_database(mine.owner_url))


def test_a_clock_that_is_off_is_wrong(
    database: db.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "FURTHEST_OFF", timedelta(microseconds=-1))
    assert "NTP" in said(examine(database), doctor.WRONG)


def test_secrets_that_others_may_read_are_wrong(tmp_path: Path) -> None:
    secret = tmp_path / TICKET_SECRET_FILE
    secret.write_text("x" * 40)
    secret.chmod(0o644)
    settings = Settings(data_dir=tmp_path)
    assert "chmod 600" in said(list(doctor.look_at_secrets(settings)), doctor.WRONG)
    secret.chmod(0o600)
    assert not said(list(doctor.look_at_secrets(settings)), doctor.WRONG)
    secret.write_text("short")
    assert "damaged" in said(list(doctor.look_at_secrets(settings)), doctor.WRONG)


def test_a_secret_in_a_folder_beside_a_shared_database_is_a_warning(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql://db/queue")
    assert "TICKET_SECRET" in said(list(doctor.look_at_secrets(settings)), doctor.WARNING)


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("", doctor.FINE),
        ("https://hen.example.vn", doctor.FINE),
        ("http://hen.example.vn", doctor.WARNING),
        ("http://localhost:8000", doctor.WARNING),
    ],
)
def test_the_public_address_is_judged(url: str, level: str) -> None:
    findings = list(doctor.look_at_public_url(replace(Settings(), public_url=url)))
    assert [finding.level for finding in findings] == [level]


def test_a_data_folder_that_cannot_be_written_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(data_dir=tmp_path / "file" / "data")
    assert "DATA_DIR" in said(list(doctor.look_at_data_folder(settings)), doctor.WRONG)


def test_a_full_disk_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SMALLEST_SPACE", 10**18)
    settings = Settings(data_dir=tmp_path)
    assert "Make room" in said(list(doctor.look_at_data_folder(settings)), doctor.WRONG)


def test_without_a_vietnamese_font_there_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "DejaVuSans.ttf").write_bytes(b"not a font")
    findings = list(doctor.look_at_fonts((tmp_path,)))
    assert "fonts-noto-core" in said(findings, doctor.WARNING)


def test_the_command_exits_with_1_when_something_is_wrong(server: db.Database) -> None:
    mine = server.named(f"doctor_{uuid4().hex}")
    done = subprocess.run(
        [sys.executable, "-m", "queue_service", "doctor"],
        env={**os.environ, "DATABASE_URL": mine.owner_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "✗ Cơ sở dữ liệu chưa cập nhật" in done.stdout
    assert "The database is not migrated" in done.stdout
