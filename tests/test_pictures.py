"""QR codes on pictures as cameras take them: askew, small, blurred, several, none, no picture."""

import io

import pytest
from PIL import Image, ImageFilter

from queue_service.pictures import MOST_PIXELS, NotAPicture, read_codes
from queue_service.tickets import qr_png

TICKET = f"https://hen.example/t/{'A' * 24}#{'b' * 38}~copy.{'c' * 86}"
CARD = "048090001234||Nguyễn Thị Ánh|01021990|Nữ|Tổ 5, Thọ Quang, Sơn Trà, Đà Nẵng|01052021"


def qr(text: str, side: int) -> Image.Image:
    code = Image.open(io.BytesIO(qr_png(text))).convert("L")
    return code.resize((side, side))  # pyright: ignore[reportUnknownMemberType]


def photo(*placed: tuple[str, int, int, int, int], size: tuple[int, int] = (1600, 1200)) -> bytes:
    """(text, side, x, y, degrees) on the grain of a table top."""
    picture = Image.effect_noise(size, 40)
    for text, side, x, y, degrees in placed:
        picture.paste(qr(text, side).rotate(degrees, expand=True, fillcolor=255), (x, y))
    return jpeg(picture.filter(ImageFilter.GaussianBlur(1)))


def jpeg(picture: Image.Image) -> bytes:
    raw = io.BytesIO()
    picture.save(raw, "JPEG", quality=75)
    return raw.getvalue()


@pytest.mark.parametrize("degrees", [0, 17, 90, 200])
def test_a_ticket_held_at_any_angle_is_read(degrees: int) -> None:
    assert read_codes(photo((TICKET, 500, 300, 200, degrees))) == [TICKET]


def test_a_large_photo_of_a_phone_is_read() -> None:
    assert read_codes(photo((TICKET, 900, 1500, 900, 8), size=(4000, 3000))) == [TICKET]


def test_vietnamese_letters_come_out_whole() -> None:
    assert read_codes(photo((CARD, 600, 100, 100, 0))) == [CARD]


def test_two_codes_are_both_told_from_the_top_and_one_twice_once() -> None:
    both = photo(
        ("below", 300, 200, 800, 0), ("above", 300, 900, 100, 0), ("above", 300, 100, 90, 0)
    )
    assert read_codes(both) == ["above", "below"]


def test_a_picture_without_a_code_is_no_error() -> None:
    assert read_codes(photo()) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xd8\xff\xe0 not a picture",
        bytes(range(256)) * 40,
        photo((TICKET, 500, 300, 200, 0))[:3000],
        b"GIF89a" + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
    ids=["nothing", "a header alone", "noise", "half a picture", "gif", "svg"],
)
def test_what_is_no_picture_is_told_as_such(raw: bytes) -> None:
    with pytest.raises(NotAPicture):
        read_codes(raw)


def test_a_picture_that_would_fill_the_memory_is_not_unpacked() -> None:
    side = int(MOST_PIXELS**0.5) + 10
    raw = io.BytesIO()
    Image.new("1", (side, side)).save(raw, "PNG")
    assert len(raw.getvalue()) < 100_000
    with pytest.raises(NotAPicture):
        read_codes(raw.getvalue())
