"""Every message has its Vietnamese, with the same gaps to fill."""

import re
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from queue_service import messages
from queue_service.messages import strings

GAP = re.compile(r"%\((\w+)\)[sd]")


def messages_in(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def test_every_message_in_code_and_pages_has_vietnamese() -> None:
    known = messages.read()
    missing = [
        message.id
        for message in messages_in(messages.extract())
        if (found := known.get(message.id, message.context)) is None
        or found.fuzzy
        or not found.string
        or not all(strings(found.string))
    ]
    assert not missing, "run `make messages` and fill in the Vietnamese of these"


def test_nothing_is_kept_that_no_page_says_any_more() -> None:
    said = messages.extract()
    gone = [m.id for m in messages_in(messages.read()) if said.get(m.id, m.context) is None]
    assert not gone, "run `make messages`"


def test_vietnamese_has_one_plural_form() -> None:
    plurals = [m for m in messages_in(messages.read()) if m.pluralizable]
    assert plurals
    assert all(len(strings(message.string)) == 1 for message in plurals)


def test_the_same_gaps_are_filled_in_both_languages() -> None:
    for message in messages_in(messages.read()):
        gaps = {gap for text in strings(message.id) for gap in GAP.findall(text)}
        for text in strings(message.string):
            assert set(GAP.findall(text)) == gaps, message.id


def test_people_are_addressed_with_respect() -> None:
    rude = [m.id for m in messages_in(messages.read()) if re.search(r"(?i)\bbạn\b", str(m.string))]
    assert not rude


def test_updating_a_catalogue_in_step_changes_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "messages.po"
    copy.write_bytes(messages.VIETNAMESE.read_bytes())
    assert messages.update(copy) == []
    assert copy.read_bytes() == messages.VIETNAMESE.read_bytes()


def test_a_new_message_is_named_until_it_is_translated(tmp_path: Path) -> None:
    missing = messages.update(tmp_path / "messages.po")
    assert "now" in missing
