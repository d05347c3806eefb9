"""The browser the tests use is a real one, and its absence is said in one line."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import Browser

pytestmark = pytest.mark.anyio


async def test_the_browser_shows_vietnamese(browser: Browser) -> None:
    context = await browser.new_context(locale="vi-VN", viewport={"width": 360, "height": 640})
    page = await context.new_page()
    await page.set_content("<h1>Mời ông/bà vào</h1>")
    assert await page.inner_text("h1") == "Mời ông/bà vào"
    assert await page.evaluate("navigator.language") == "vi-VN"
    await context.close()


def run(path: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": str(path), "HOME": str(path), **more}
    return subprocess.run(
        [sys.executable, "-m", "tests.browser", "show"],
        env=environment,
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A machine with nothing but a program that shows which browser it was given."""
    show = tmp_path / "show"
    show.write_text('#!/bin/sh\necho "<$CHROMIUM>"\n')
    show.chmod(show.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def test_without_a_browser_one_line_says_what_to_do(programs: Path) -> None:
    done = run(programs)
    said = done.stdout.splitlines()
    assert said[-1] == "<>"
    assert len(said) == 2
    assert "apt-get install" in said[0]


def test_without_a_browser_ci_fails(programs: Path) -> None:
    done = run(programs, CI="1")
    assert done.returncode != 0
    assert "must not be left out" in done.stderr


def test_the_system_s_browser_is_found(programs: Path) -> None:
    os.symlink("show", programs / "chromium")
    assert run(programs).stdout.strip() == f"<{programs / 'chromium'}>"
