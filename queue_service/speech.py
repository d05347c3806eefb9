"""A call as people say it: the gong, then the number and the counter, without any internet.

The library is not re-entrant, so one thread does all the speaking. A call takes some 25 ms to make
and the latest are kept in memory: nothing lies on a disk that could fill it.
"""

import array
import asyncio
import ctypes
import io
import math
import re
import wave
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import espeakng_loader  # pyright: ignore[reportMissingTypeStubs]
import structlog

log = structlog.get_logger()

RATE = 22050  # samples a second, of the voice and so of everything
KEPT = 100  # calls, some 15 MB
LONGEST_NAME = 80
GONG = ((659.25, 0.0), (523.25, 0.42))
GONG_SECONDS = 1.5
PAUSE_SECONDS = 0.35
NUMBER = re.compile(r"([A-Z]{1,2})([0-9]{1,6})")
Samples: TypeAlias = "array.array[int]"  # signed, 16 bits

VIETNAMESE_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
ENGLISH_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
VIETNAMESE_LETTERS = {
    "A": "a",
    "B": "bê",
    "C": "xê",
    "D": "đê",
    "E": "e",
    "F": "ép",
    "G": "giê",
    "H": "hát",
    "I": "i",
    "J": "gi",
    "K": "ca",
    "L": "e lờ",
    "M": "em mờ",
    "N": "en nờ",
    "O": "o",
    "P": "pê",
    "Q": "quy",
    "R": "e rờ",
    "S": "ét sì",
    "T": "tê",
    "U": "u",
    "V": "vê",
    "W": "vê kép",
    "X": "ích xì",
    "Y": "i dài",
    "Z": "dét",
}


@dataclass(frozen=True)
class Call:
    """What is said: nothing but what hangs on the board anyway."""

    office: str
    number: str
    counter: str
    counter_vi: str
    counter_en: str
    english: bool  # after the Vietnamese, for a visit booked in English


def vietnamese(call: Call) -> str:
    letters, digits = _parts(call.number)
    said = " ".join(VIETNAMESE_LETTERS[letter] for letter in letters)
    count = " ".join(VIETNAMESE_DIGITS[int(digit)] for digit in digits)
    return f"Mời số {said}, {count}, đến {_name(call.counter_vi, call.counter)}."


def english(call: Call) -> str:
    letters, digits = _parts(call.number)
    said = " ".join("ay" if letter == "A" else letter for letter in letters)
    count = " ".join(ENGLISH_DIGITS[int(digit)] for digit in digits)
    return f"Number {said}, {count}, please go to {_name(call.counter_en, call.counter)}."


def _parts(number: str) -> tuple[str, str]:
    found = NUMBER.fullmatch(number)
    if found is None:
        raise ValueError(f"no number of a line: {number!r}")
    return found[1], found[2]


def _name(name: str, counter: str) -> str:
    """Words only: the library gives brackets and the like a meaning of their own."""
    return " ".join(re.findall(r"\w+", name or counter))[:LONGEST_NAME]


class Voice:
    """Speaks calls, one after another, and keeps the latest."""

    def __init__(self, data_dir: Path) -> None:
        self._recordings = data_dir / "recordings"
        self._one = ThreadPoolExecutor(1, "voice")
        self._made: OrderedDict[Call, asyncio.Future[bytes]] = OrderedDict()

    async def say(self, call: Call) -> bytes:
        """The sound as a WAV file; all who ask for one call at once hear the same making."""
        made = self._made.get(call)
        if made is None:
            loop = asyncio.get_running_loop()
            made = loop.run_in_executor(self._one, announce, call, self._recordings / call.office)
            self._made[call] = made
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        else:
            self._made.move_to_end(call)
        try:
            return await asyncio.shield(made)
        except Exception:
            self._made.pop(call, None)
            raise

    async def read(self, text: str, language: str) -> bytes:
        """Any text of a screen, without a gong; made anew each time, for it may be personal."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._one, read_aloud, text, language)

    def close(self) -> None:
        self._one.shutdown(wait=False, cancel_futures=True)


def announce(call: Call, recordings: Path) -> bytes:
    """Gong, Vietnamese and, where wished, English; of the office's own recordings if whole."""
    parts = [_recorded(recordings / "gong.wav") or gong()]
    speakers: list[tuple[str, Callable[[Call], str]]] = [("vi", vietnamese)]
    if call.english:
        speakers.append(("en", english))
    for language, text in speakers:
        own = _own(call, recordings / language)
        parts.append(own if own is not None else spoken(text(call), language))
        parts.append(_silence(PAUSE_SECONDS))
    return _wav(parts)


def read_aloud(text: str, language: str) -> bytes:
    plain = " ".join(re.findall(r"[\w+]+|[.,:;?!]", text))  # brackets mean something to the library
    return _wav([spoken(plain, language)])


def _own(call: Call, folder: Path) -> "Samples | None":
    """The call put together from recordings; none where a single one of them is missing."""
    letters, digits = _parts(call.number)
    names = ["call", *letters, *digits, "to", f"counter-{call.counter}"]
    if not folder.is_dir():
        return None
    whole = array.array("h")
    for name in names:
        part = _recorded(folder / f"{name}.wav")
        if part is None:
            return None
        whole.extend(part)
    return whole


def _recorded(path: Path) -> "Samples | None":
    """A recording of 16 bits, whatever its rate and channels; one that cannot be read is named."""
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2 or not file.getnframes():
                raise wave.Error("not 16 bits a sample, or empty")
            channels, rate = file.getnchannels(), file.getframerate()
            raw = array.array("h", file.readframes(file.getnframes()))
    except FileNotFoundError:
        return None
    except (OSError, EOFError, wave.Error, ValueError) as error:
        log.warning("recording not usable", file=path.name, error=repr(error))
        return None
    mono = raw[::channels]
    count = len(mono) * RATE // rate
    return array.array("h", (mono[n * rate // RATE] for n in range(count)))


@cache
def gong() -> Samples:
    """Two soft notes that fade away."""
    whole = [0.0] * int(RATE * GONG_SECONDS)
    for frequency, begins in GONG:
        first = int(begins * RATE)
        for n in range(first, len(whole)):
            t = (n - first) / RATE
            loud = min(1.0, t / 0.01) * math.exp(-4.5 * t)
            tone = math.sin(2 * math.pi * frequency * t)
            tone += 0.3 * math.sin(4 * math.pi * frequency * t)
            whole[n] += 0.3 * loud * tone
    return array.array("h", (int(32767 * value) for value in whole))


def _silence(seconds: float) -> Samples:
    return array.array("h", bytes(2 * int(seconds * RATE)))


def _wav(parts: Sequence[Samples]) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(part.tobytes() for part in parts))
    return out.getvalue()


# The library. Its callback gets the samples; 1 asks it to give them there and play nothing itself.

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_heard = bytearray()


@_Callback
def _hear(samples: int | None, count: int, _events: int | None) -> int:
    if samples and count > 0:
        _heard.extend(ctypes.string_at(samples, 2 * count))
    return 0


@cache
def _library() -> Any:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(1, 0, espeakng_loader.get_data_path().encode(), 1 << 15)
    if rate != RATE:
        raise OSError(f"the voice does not start: {rate}")
    library.espeak_SetSynthCallback(_hear)
    return library


SPEED, WORDS_A_MINUTE = 1, {"vi": 140, "en": 145}
UTF8 = 1


def spoken(text: str, language: str) -> Samples:
    """Only ever in one thread at a time."""
    library = _library()
    if library.espeak_SetVoiceByName(language.encode()) != 0:
        raise OSError(f"no voice for {language}")
    library.espeak_SetParameter(SPEED, WORDS_A_MINUTE[language], 0)
    _heard.clear()
    raw = text.encode() + b"\0"
    if library.espeak_Synth(raw, len(raw), 0, 0, 0, UTF8, None, None) != 0:
        raise OSError("the voice said nothing")
    library.espeak_Synchronize()
    return array.array("h", bytes(_heard))
