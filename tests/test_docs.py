"""What the documents say is tried: the example file is read, every command and link is there."""

import re
from datetime import date
from pathlib import Path

import pytest

from queue_service.__main__ import COMMANDS
from queue_service.offices import reader

TOP = Path(__file__).parent.parent
DOCS = [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").glob("*.md"))]


def test_the_office_file_of_the_manual_is_one() -> None:
    text = (TOP / "docs/office-file.md").read_text("utf-8")
    example = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(example) == 1
    office = reader.read_text(example[0], "office-file.md", date(2027, 1, 4))
    assert office.slug == "my-office"


def test_the_readme_names_every_command() -> None:
    readme = (TOP / "README.md").read_text("utf-8")
    assert [one.name for one in COMMANDS if f"`{one.name}" not in readme] == []


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_a_document_names_only_files_that_exist(page: Path) -> None:
    named = re.findall(r"\b(?:docs|sql|tests|queue_service)/[\w./-]+\w", page.read_text("utf-8"))
    assert [name for name in named if not (TOP / name).exists()] == []
