"""The spoken call: for every letter and number a sound of the right length that is not silent."""

import array
import io
import string
import wave
from pathlib import Path

import pytest

from queue_service import speech
from queue_service.speech import Call, Voice

pytestmark = pytest.mark.anyio

NOWHERE = Path("/nowhere")


def call(number: str, *, english: bool = False, counter: str = "3") -> Call:
    return Call("here", number, counter, f"Quầy {counter}", f"Counter {counter}", english)


def heard(sound: bytes) -> tuple[float, float]:
    """Seconds, and how loud on the whole (0 to 1)."""
    with wave.open(io.BytesIO(sound), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        samples = array.array("h", file.readframes(file.getnframes()))
        seconds = file.getnframes() / file.getframerate()
    return seconds, (sum(n * n for n in samples[::7]) / len(samples[::7])) ** 0.5 / 32768


def test_numbers_are_said_the_way_people_say_them() -> None:
    assert speech.vietnamese(call("A012")) == "Mời số a, không một hai, đến Quầy 3."
    assert speech.vietnamese(call("BK105")) == "Mời số bê ca, một không năm, đến Quầy 3."
    assert speech.english(call("B012")) == "Number B, zero one two, please go to Counter 3."


@pytest.mark.parametrize("letter", string.ascii_uppercase)
def test_every_letter_and_every_number_up_to_999_is_heard(letter: str) -> None:
    """Each letter takes its share of the numbers, and between them all are said."""
    first = ord(letter) - ord("A")
    for count in {1, 999, *range(first, 1000, 26)} - {0}:
        seconds, loud = heard(speech.announce(call(f"{letter}{count:03}"), NOWHERE))
        assert 3.5 < seconds < 8, (letter, count)
        assert loud > 0.03, (letter, count)


def test_no_two_numbers_are_said_alike() -> None:
    numbers = [f"{letter}{n:03}" for letter in string.ascii_uppercase for n in range(1, 1000)]
    for say in (speech.vietnamese, speech.english):
        assert len({say(call(number)) for number in numbers}) == len(numbers)


def test_a_visit_booked_in_english_is_called_in_english_too() -> None:
    vietnamese, _ = heard(speech.announce(call("A012"), NOWHERE))
    both, _ = heard(speech.announce(call("A012", english=True), NOWHERE))
    assert both > vietnamese + 1.5


def test_what_a_counter_is_called_cannot_command_the_voice() -> None:
    odd = Call("here", "A001", "3", "<audio src='x'/> [[a]] Quầy ba" * 9, "", english=False)
    assert not set(speech.vietnamese(odd)) & set("<>[]'/=")
    assert heard(speech.announce(odd, NOWHERE))[1] > 0.03


def record(path: Path, seconds: float, rate: int = 16000, channels: int = 2) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array.array("h", [9000] * (int(rate * seconds) * channels)).tobytes())


def test_an_office_is_heard_in_its_own_recordings(tmp_path: Path) -> None:
    record(tmp_path / "gong.wav", 1.0)
    for name in ("call", "A", "0", "1", "2", "to", "counter-3"):
        record(tmp_path / "vi" / f"{name}.wav", 0.5)
    seconds, _ = heard(speech.announce(call("A012"), tmp_path))
    assert seconds == pytest.approx(1.0 + 7 * 0.5 + speech.PAUSE_SECONDS, abs=0.01)


@pytest.mark.parametrize("broken", ["missing", "no sound at all", "empty"])
def test_where_one_recording_is_missing_or_broken_the_voice_speaks(
    tmp_path: Path, broken: str
) -> None:
    for name in ("call", "A", "0", "1", "to", "counter-3"):
        record(tmp_path / "vi" / f"{name}.wav", 0.5)
    if broken != "missing":
        (tmp_path / "vi" / "2.wav").write_bytes(b"" if broken == "empty" else b"noise" * 50)
    own, _ = heard(speech.announce(call("A012"), tmp_path))
    voice, _ = heard(speech.announce(call("A012"), NOWHERE))
    assert own == pytest.approx(voice, abs=0.1)
    assert own != pytest.approx(speech.GONG_SECONDS + 7 * 0.5 + speech.PAUSE_SECONDS, abs=0.01)


async def test_many_who_ask_for_one_call_hear_one_making_and_only_the_latest_are_kept(
    tmp_path: Path,
) -> None:
    voice = Voice(tmp_path)
    first = await voice.say(call("A001"))
    assert await voice.say(call("A001")) is first
    for count in range(2, speech.KEPT + 2):
        await voice.say(call(f"A{count:03}"))
    assert await voice.say(call("A001")) is not first
    voice.close()
