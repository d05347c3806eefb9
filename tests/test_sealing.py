"""What is sealed: read by nobody else, changed by nobody, put in no other place, over in time."""

from datetime import UTC, datetime, timedelta

import pytest

from queue_service import sealing

OURS, THEIRS = "our secret, long enough to be one", "their secret, long enough to be one"
NOW = datetime(2026, 3, 30, 8, tzinfo=UTC)


def test_what_is_sealed_says_nothing_and_is_opened_by_its_own_secret_alone() -> None:
    kept = sealing.seal(OURS, "factor", b"the secret of a phone", "lan")
    assert b"phone" not in kept
    assert sealing.unseal(OURS, "factor", kept, "lan") == b"the secret of a phone"
    assert sealing.unseal(THEIRS, "factor", kept, "lan") is None
    assert sealing.unseal(OURS, "cookie", kept, "lan") is None
    assert sealing.unseal(OURS, "factor", kept, "minh") is None
    for at in range(len(kept)):
        changed = bytes([*kept[:at], kept[at] ^ 1, *kept[at + 1 :]])
        assert sealing.unseal(OURS, "factor", changed, "lan") is None


def test_a_note_ends_by_itself_and_never_says_the_same_twice() -> None:
    one, other = (
        sealing.note(OURS, "half", {"login": "lan"}, NOW, timedelta(minutes=5)) for _ in range(2)
    )
    assert one != other
    almost = NOW + timedelta(minutes=4, seconds=59)
    found = sealing.read_note(OURS, "half", one, almost)
    assert found is not None
    assert found["login"] == "lan"
    assert sealing.read_note(OURS, "half", one, NOW + timedelta(minutes=5)) is None


@pytest.mark.parametrize("forged", ["", "x", "a" * 60, "ố" * 20, "=" * 8, "a" * 5000])
def test_a_forged_note_is_none(forged: str) -> None:
    assert sealing.read_note(OURS, "half", forged, NOW) is None
