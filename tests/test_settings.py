"""Settings: read from the environment, `.env` and files; every wrong one is named."""

import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from queue_service.settings import (
    TICKET_SECRET_FILE,
    Settings,
    SettingsError,
    describe,
    known,
    load,
    ticket_secret,
)


def problems(environ: dict[str, str], env_file: Path | None = None) -> str:
    with pytest.raises(SettingsError) as wrong:
        load(environ, env_file)
    return "\n".join(wrong.value.problems)


def test_without_any_word_the_defaults_hold() -> None:
    assert load({}, None) == Settings()
    assert load({"PORT": ""}, None).port == 8000


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    written = tmp_path / ".env"
    written.write_text('# ours\nPORT=9000\nexport HOST="0.0.0.0"\nLOG_FORMAT=json # for the log\n')
    settings = load({"PORT": "9001"}, written)
    assert (settings.port, settings.host, settings.log_format) == (9001, "0.0.0.0", "json")


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("0123456789abcdef\n")
    settings = load({"METRICS_TOKEN_FILE": str(tmp_path / "token")}, None)
    assert settings.metrics_token == "0123456789abcdef"
    assert "METRICS_TOKEN_FILE" in problems({"METRICS_TOKEN_FILE": str(tmp_path / "none")})


def test_every_wrong_setting_is_named_at_once() -> None:
    said = problems(
        {
            "PORT": "eighty",
            "GROUP_LIMIT": "0",
            "LOG_FORMAT": "xml",
            "PUBLIC_URL": "example.vn",
            "DATABASE_URL": "mysql://x",
            "TWILIO_FROM": "0905",
            "HOST": "a\nb",
        }
    )
    for name in (
        "PORT",
        "GROUP_LIMIT",
        "LOG_FORMAT",
        "PUBLIC_URL",
        "DATABASE_URL",
        "TWILIO_FROM",
        "HOST",
    ):
        assert f"{name}: " in said


def test_a_wrong_secret_is_not_repeated() -> None:
    said = problems({"METRICS_TOKEN": "tooshort", "DATABASE_URL": "mysql://me:hunter2@db/x"})
    assert "tooshort" not in said
    assert "hunter2" not in said


def test_an_unknown_name_in_the_file_is_named_with_its_line_and_the_likely_one(
    tmp_path: Path,
) -> None:
    written = tmp_path / ".env"
    written.write_text("PORT=1\nPUBLIC_ULR=https://x.vn\nnonsense\n")
    said = problems({}, written)
    assert ".env:2" in said
    assert "PUBLIC_URL?" in said
    assert ".env:3" in said


def test_half_a_twilio_account_is_refused() -> None:
    said = problems({"TWILIO_ACCOUNT_SID": "AC" + "0" * 32})
    assert "TWILIO_AUTH_TOKEN" in said
    assert "TWILIO_FROM" in said


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"HOST": "0.0.0.0", "PORT": "80"}, "http://127.0.0.1:80"),
        ({"HOST": "fd00::1"}, "http://[fd00::1]:8000"),
        ({"PUBLIC_URL": "https://hen.example.vn/"}, "https://hen.example.vn"),
    ],
)
def test_the_address_citizens_see(environ: dict[str, str], address: str) -> None:
    assert load(environ, None).address == address


def test_every_setting_is_explained_in_both_languages_and_in_the_example() -> None:
    text = describe(replace(Settings(), metrics_token="a secret of mine"))
    assert "a secret of mine" not in text
    for setting in known():
        assert f"{setting.name}=" in text
        assert setting.about.vi
        assert setting.about.en
    example = Path(__file__).parent.parent / ".env.example"
    assert load({}, example) == Settings()


def test_the_ticket_secret_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    first = ticket_secret(settings)
    assert len(first) >= 48
    assert ticket_secret(settings) == first
    assert stat.S_IMODE((settings.data_dir / TICKET_SECRET_FILE).stat().st_mode) == 0o600
    assert os.listdir(settings.data_dir) == [TICKET_SECRET_FILE]
    assert ticket_secret(replace(settings, ticket_secret="x" * 32)) == "x" * 32


def test_the_program_refuses_to_run_with_a_wrong_setting(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "queue_service", "migrate"],
        env={**os.environ, "PORT": "99999", "DATA_DIR": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "PORT: " in done.stderr
    assert not list(tmp_path.iterdir())
