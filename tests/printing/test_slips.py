"""The slip as a picture: every Vietnamese letter is on it, and its QR code can be read."""

import unicodedata
from typing import Any

import pytest
from escpos.printer import Dummy  # pyright: ignore[reportMissingTypeStubs]
from PIL import Image

from queue_service import printing, tickets
from queue_service.printing import sheet
from queue_service.printing.ports import encode
from queue_service.printing.sheet import BOLD, REGULAR, Sheet
from tests.printers import qr_on, same

SECRET = bytes(range(16))
ADDRESS = "https://hen.example.vn"
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
VOWELS = [unicodedata.normalize("NFC", v + tone) for v in "aăâeêioôơuưy" for tone in TONES]
SMALL = [*VOWELS, *"bcdđfghjklmnpqrstvwxz"]
LETTERS = [*SMALL, *(letter.upper() for letter in SMALL), *"0123456789₫–“”…×/:"]


def facts(**visit: Any) -> dict[str, Any]:
    """A slip as api.begin_print describes it."""
    usual = {
        "language": "vi",
        "number": "A012",
        "code": tickets.make_code(77, 12345),
        "services": [{"name_vi": "Chứng thực bản sao", "name_en": "Certified copy", "quantity": 3}],
        "starts_at": None,
        "ends_at": None,
        "booked": False,
        "promised": False,
        "state": "inside",
        "ahead": 3,
    }
    return {
        "dots": 576,
        "at": "2026-03-31T08:05:00+07:00",
        "token": SECRET.hex(),
        "office": {
            "name_vi": "Trung tâm Phục vụ hành chính công",
            "name_en": "Public service centre",
            "time_zone": "Asia/Ho_Chi_Minh",
        },
        "area": None,
        "visit": {**usual, **visit},
    }


def drawn(text: str, weight: int) -> bytes:
    paper = Sheet(96)
    paper.say(text, 40, weight)
    return paper.image().tobytes()


@pytest.mark.parametrize("weight", [REGULAR, BOLD])
def test_every_vietnamese_letter_is_drawn_and_no_two_alike(weight: int) -> None:
    assert len(LETTERS) == len(set(LETTERS)) == 2 * (72 + 21) + 18
    assert [letter for letter in LETTERS if not sheet.has(letter, weight)] == []
    assert len({drawn(letter, weight) for letter in LETTERS}) == len(LETTERS)


def test_a_letter_written_in_pieces_is_drawn_as_one() -> None:
    pieces = unicodedata.normalize("NFD", "Đặng Thị Ễ")
    assert pieces != "Đặng Thị Ễ"
    assert drawn(pieces, BOLD) == drawn("Đặng Thị Ễ", BOLD)


def test_a_letter_the_font_lacks_leaves_no_box() -> None:
    assert not sheet.has("ǻ")
    assert drawn("Bǻ", REGULAR) == drawn("Ba", REGULAR) or drawn("Bǻ", REGULAR) == drawn(
        "Bå", REGULAR
    )
    assert drawn("漢", REGULAR) == drawn("?", REGULAR)


def test_a_word_wider_than_the_paper_goes_on_in_the_next_line() -> None:
    short, long = Sheet(200), Sheet(200)
    short.say("Nghiêng", 40)
    long.say("Nghiêngnghiêngnghiêngnghiêng", 40)
    assert long.image().height >= 3 * short.image().height


@pytest.mark.parametrize("dots", [384, 512, 576])
def test_the_qr_code_of_a_new_number_is_its_link_and_else_the_code_alone(dots: int) -> None:
    link = tickets.ticket_link(ADDRESS, tickets.make_token(77, SECRET))
    mine = printing.draw({**facts(), "dots": dots}, ADDRESS)
    assert mine.size[0] == dots
    assert mine.mode == "1"
    assert qr_on(mine) == link
    booked = {**facts(booked=True), "dots": dots, "token": None}
    assert qr_on(printing.draw(booked, ADDRESS)) == tickets.make_code(77, 12345)


def rows_with_ink(picture: Image.Image) -> list[bool]:
    width = picture.width
    dots = picture.convert("L").tobytes()
    return [0 in dots[y * width : (y + 1) * width] for y in range(picture.height)]


def longest_run(rows: list[bool]) -> int:
    longest = run = 0
    for inked in rows:
        run = run + 1 if inked else 0
        longest = max(longest, run)
    return longest


@pytest.mark.parametrize("dots", [384, 576])
def test_the_number_is_the_largest_thing_after_the_code(dots: int) -> None:
    """Fifteen millimetres high: read at arm's length without glasses."""
    slip = printing.draw({**facts(), "dots": dots}, ADDRESS)
    above_the_code = slip.crop((0, 0, dots, 400))
    assert longest_run(rows_with_ink(above_the_code)) > 15 * 7


def test_nothing_is_printed_at_the_very_edge_but_the_rules() -> None:
    slip = printing.draw({**facts(), "dots": 384}, ADDRESS).convert("L")
    for x in (0, 3, 380, 383):
        column = [slip.getpixel((x, y)) for y in range(slip.height)]
        assert column.count(0) <= 4, x


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("state", ["inside", "arrived"])
def test_each_state_and_language_has_a_slip_of_its_own(language: str, state: str) -> None:
    one = printing.draw(facts(language=language, state=state), ADDRESS)
    others = [
        printing.draw(facts(language=other, state=where), ADDRESS)
        for other in ("vi", "en")
        for where in ("inside", "arrived")
        if (other, where) != (language, state)
    ]
    assert not any(same(one, other) for other in others)


def test_a_kept_window_says_from_when_to_when() -> None:
    window = {"starts_at": "2026-03-31T09:00:00+07:00", "ends_at": "2026-03-31T09:30:00+07:00"}
    kept = facts(number=None, promised=True, ahead=None, **window)
    later = {**window, "ends_at": "2026-03-31T09:45:00+07:00"}
    assert not same(
        printing.draw(kept, ADDRESS),
        printing.draw(facts(number=None, promised=True, ahead=None, **later), ADDRESS),
    )


def test_the_bytes_are_those_of_a_well_known_printer_library() -> None:
    slip = printing.draw(facts(), ADDRESS)
    known = Dummy()
    known.hw("INIT")  # pyright: ignore[reportUnknownMemberType]
    known.image(slip, fragment_height=256)  # pyright: ignore[reportUnknownMemberType]
    known.cut()
    assert encode(slip) == known.output


@pytest.mark.parametrize("letter", ["Ẳ", "Ỵ", "Ễ", "Ộ"])
def test_no_mark_above_or_below_a_letter_is_cut_off(letter: str) -> None:
    paper = Sheet(96)
    paper.say(letter, 40, BOLD)
    rows = rows_with_ink(paper.image())
    assert not rows[0]
    assert not rows[-1]
