"""The QR codes on a picture a camera took; the picture itself is kept nowhere, nor logged."""

import io

import zxingcpp
from PIL import Image

# A phone's photo is drawn smaller while it is unpacked: a code large enough to be meant for us
# is still large enough then.
DRAWN = 1600
MOST_PIXELS = 50_000_000
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
FORMATS = ("JPEG", "PNG", "WEBP")


class NotAPicture(Exception):
    """Whatever these bytes are, they are no whole picture of a kind that cameras make."""


def read_codes(raw: bytes) -> list[str]:
    """The texts of all QR codes on it, each once, from the top left; none is no error."""
    picture = _open(raw)
    found = zxingcpp.read_barcodes(picture, formats=QR, text_mode=zxingcpp.TextMode.Plain)
    found.sort(key=lambda code: (code.position.top_left.y, code.position.top_left.x))
    return list(dict.fromkeys(code.text for code in found))


def _open(raw: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(raw), formats=FORMATS)
        if picture.width * picture.height > MOST_PIXELS:
            raise NotAPicture
        picture.draft("L", (DRAWN, DRAWN))
        grey = picture.convert("L")
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise NotAPicture from error
    grey.thumbnail((2 * DRAWN, 2 * DRAWN))
    return grey
