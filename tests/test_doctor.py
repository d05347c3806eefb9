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


def carriers(**settings: str) -> list[doctor.Finding]:
    return list(doctor.look_at_carriers(Settings(**settings)))  # pyright: ignore[reportArgumentType]


def test_without_a_carrier_the_doctor_says_where_messages_stay() -> None:
    assert "/outbox" in said(carriers(), doctor.WARNING)
    assert "Chưa có nhà mạng" in said(carriers(), doctor.WARNING)
    assert "TWILIO_ACCOUNT_SID is missing" in said(
        carriers(twilio_auth_token="0" * 32), doctor.WRONG
    )


def test_carriers_that_cannot_sign_or_call_back_are_wrong() -> None:
    account = {"twilio_account_sid": "AC" + "0" * 32, "twilio_from": "+84236000000"}
    good = {
        **account,
        "twilio_auth_token": "0a" * 16,
        "public_url": "https://hen.example.vn",
        "hotline_number": "1022",
    }
    assert said(carriers(**good), doctor.WRONG) + said(carriers(**good), doctor.WARNING) == ""
    assert "Twilio is set" in said(carriers(**good), doctor.FINE)
    for change, level, words in (
        ({"twilio_auth_token": "secret"}, doctor.WRONG, "TWILIO_AUTH_TOKEN is missing or"),
        ({"twilio_from": ""}, doctor.WRONG, "TWILIO_FROM is missing"),
        ({"public_url": ""}, doctor.WRONG, "must be https"),
        ({"public_url": "http://hen.example.vn"}, doctor.WRONG, "must be https"),
        ({"hotline_number": ""}, doctor.WARNING, "press 0 reach nobody"),
        ({"twilio_from": "MG" + "0" * 32}, doctor.WARNING, "landlines are not reminded"),
        ({"twilio_base_url": "http://127.0.0.1:9"}, doctor.WARNING, "not to Twilio"),
    ):
        assert words in said(carriers(**good | change), level), change
    gateway = {"gateway_url": "http://10.0.0.5/sms", "public_url": "https://hen.example.vn"}
    assert "GATEWAY_SECRET is missing" in said(carriers(**gateway), doctor.WRONG)
    signed = {**gateway, "gateway_secret": "for tests only, for tests only"}
    assert said(carriers(**signed), doctor.WRONG) + said(carriers(**signed), doctor.WARNING) == ""
    open_ = {**signed, "gateway_url": "http://sms.example.vn/send"}
    assert "phone numbers travel in the open" in said(carriers(**open_), doctor.WARNING)
    secret = said(carriers(**good), doctor.FINE) + said(carriers(**signed), doctor.FINE)
    assert "0a0a" not in secret
    assert "for tests only" not in secret
