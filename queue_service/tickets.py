"""What a visitor carries: the code to type, the link, the signed payload and the QR image."""

import hmac
import io
import re
import secrets
import struct
import unicodedata
import urllib.parse
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal
from uuid import UUID

import qrcode
import qrcode.constants
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from PIL import Image

# --- The code: ten digits, read in groups -----------------------------------------------------

# Digit after digit, the next state is DAMM[state][digit]. No two rows agree in a column and the
# diagonal is zero, so one wrong digit, or two neighbours swapped, never ends in zero again.
DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
CODE_LENGTH = 10
PROOF_LENGTH = 6
# Codes of a box begin its range, so that hub and box never give the same one while apart.
BOX_CODES = 90_000


def make_code(office_number: int, random5: int) -> str:
    if not (1 <= office_number <= 9999 and 0 <= random5 <= 99_999):
        raise ValueError(f"no code for office {office_number} and {random5}")
    digits = f"{office_number:04}{random5:05}"
    return digits + str(_damm(digits))


def new_digits(*, box: bool = False) -> int:
    """The five digits of a code that nobody can foresee."""
    return BOX_CODES + secrets.randbelow(10_000) if box else secrets.randbelow(BOX_CODES)


DRAWN = struct.Struct(">16sQQ")


def new_secrets() -> tuple[bytes, int, str]:
    """A link's secret, a hub's five digits and what proves a phone: a crowd asks for many at once.

    From one draw, for each draw takes its time.
    """
    secret, digits, proof = DRAWN.unpack(secrets.token_bytes(DRAWN.size))
    return secret, digits % BOX_CODES, f"{proof % 10**PROOF_LENGTH:0{PROOF_LENGTH}}"


def new_proof() -> str:
    """What is texted to a phone to prove it."""
    return f"{secrets.randbelow(10**PROOF_LENGTH):0{PROOF_LENGTH}}"


def check_code(text: str) -> str | None:
    """The ten digits of a code as people type it, or None where it cannot be one."""
    if len(text) > 60:
        return None
    digits = plain_digits(text)
    if digits is None or len(digits) != CODE_LENGTH or _damm(digits) != 0:
        return None
    return digits if office_of(digits) else None


def group_code(code: str) -> str:
    return f"{code[:4]} {code[4:7]} {code[7:]}"


def office_of(code: str) -> int:
    return int(code[:4])


def plain_digits(text: str) -> str | None:
    """Digits of any script as 0-9, without what people put between; None if anything else is in."""
    digits: list[str] = []
    for character in text:
        if character.isdecimal():
            digits.append(str(unicodedata.decimal(character)))
        elif character not in ".-_·•" and unicodedata.category(character) not in BETWEEN_DIGITS:
            return None
    return "".join(digits)


# Dashes, spaces, line ends and the invisible marks that come along when one copies from a chat.
BETWEEN_DIGITS = frozenset({"Pd", "Zs", "Zl", "Zp", "Cc", "Cf"})


def _damm(digits: str) -> int:
    state = 0
    for digit in digits:
        state = DAMM[state][int(digit)]
    return state


# --- The token: the secret in the link --------------------------------------------------------

TOKEN = re.compile(r"[A-Za-z0-9_-]{24}")


def make_token(office_id: int, secret: bytes | None = None) -> str:
    """The link's secret, its office in front: a new one, or the 16 bytes a visit already has."""
    secret = secrets.token_bytes(16) if secret is None else secret
    if len(secret) != 16:
        raise ValueError("the secret of a link is 16 bytes")
    return _encode(office_id.to_bytes(2, "big") + secret)


def parse_token(text: str) -> tuple[int, bytes] | None:
    if not TOKEN.fullmatch(text):
        return None
    raw = urlsafe_b64decode(text)
    office_id = int.from_bytes(raw[:2], "big")
    return (office_id, raw[2:]) if office_id else None


def ticket_link(public_url: str, token: str, fragment: str | None = None) -> str:
    link = f"{public_url.rstrip('/')}/t/{token}"
    return f"{link}#{fragment}" if fragment else link


# --- Keys and the signed payload --------------------------------------------------------------


class TicketKeys:
    """Signs for every office; all keys follow from one secret, so none of them is stored."""

    def __init__(self, secret: str, current: int = 1) -> None:
        if not secret:
            raise ValueError("tickets cannot be signed with an empty secret")
        if not 1 <= current <= 255:
            raise ValueError(f"a key id is 1 to 255, not {current}")
        self.current = current
        self._secret = secret.encode()
        self._derive = lru_cache(maxsize=4096)(self._derive_once)

    def private_key(self, office_id: int, key_id: int) -> Ed25519PrivateKey:
        return self._derive(office_id, key_id)

    def public_key(self, office_id: int, key_id: int) -> bytes | None:
        """The 32 bytes a door verifies with. Old keys keep verifying, later ones do not exist."""
        if not (1 <= key_id <= self.current and 1 <= office_id <= 65_535):
            return None
        return self._derive(office_id, key_id).public_key().public_bytes_raw()

    def public_keys(self, office_id: int) -> dict[int, bytes]:
        found = {key_id: self.public_key(office_id, key_id) for key_id in self._key_ids()}
        return {key_id: key for key_id, key in found.items() if key is not None}

    def _key_ids(self) -> Iterable[int]:
        return range(1, self.current + 1)

    def _derive_once(self, office_id: int, key_id: int) -> Ed25519PrivateKey:
        purpose = b"queue-service ticket key" + struct.pack(">HB", office_id, key_id)
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose)
        return Ed25519PrivateKey.from_private_bytes(derived.derive(self._secret))


def day_key(secret: str, office_id: int, day: date) -> bytes:
    """Tells people apart on one day at one office; of another day nothing can be compared."""
    whose = f"queue-service persons of the day {office_id} {day.isoformat()}"
    return hmac.digest(secret.encode(), whose.encode(), "sha256")


def person_of_day(key: bytes, said: str) -> bytes:
    return hmac.digest(key, said.encode(), "sha256")


# The id of the key a box signs with: its hub has none of that id, and so believes the link alone.
BOX_KEY = 255
PublicKeyOf = Callable[[int, int], bytes | None]


@dataclass(frozen=True, slots=True)
class Payload:
    """What a door may believe about a visit it has never heard of."""

    office_id: int
    visit_id: UUID
    revision: int
    services: tuple[tuple[str, int], ...]
    starts_at: datetime
    ends_at: datetime
    party_size: int
    priority: str = ""
    needs: tuple[str, ...] = ()
    code: str = ""


class BadTicket(Exception):
    def __init__(self, reason: Literal["altered", "unknown_key", "malformed"]) -> None:
        super().__init__(reason)
        self.reason = reason


# key id, office, visit, revision, start in minutes since 1970, length in minutes, party
HEAD = struct.Struct(">BH16sHIHB")
# and then, in three bytes more, the five digits of the code: so that whoever typed it and whoever
# shows the image are one, at a door that knows neither. Tickets from before have none.
WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{38}(?:[A-Za-z0-9_-]{4})?(?:~[a-z0-9_*,-]*){0,3}")
# Binds a signature to this use and this layout: a later layout gets another line here.
CONTEXT = b"queue-service ticket 1\n"


def sign(payload: Payload, keys: TicketKeys) -> str:
    """The fragment of the link. The window is widened to whole minutes.

    Words stay readable text beside the packed head: in base64 they would take a third more, and
    the image has to stay coarse enough for a cheap camera.
    """
    start = int(payload.starts_at.timestamp()) // 60
    minutes = -(-int(payload.ends_at.timestamp()) // 60) - start
    try:
        head = HEAD.pack(
            keys.current,
            payload.office_id,
            payload.visit_id.bytes,
            payload.revision,
            start,
            minutes,
            payload.party_size,
        )
        if payload.code:
            head += int(payload.code[4:9]).to_bytes(3, "big")
    except struct.error as problem:
        raise ValueError(f"a ticket cannot say this: {problem}") from problem
    services = ",".join(
        _word(slug) if quantity == 1 else f"{_word(slug)}*{quantity}"
        for slug, quantity in payload.services
    )
    priority = _word(payload.priority) if payload.priority else ""
    needs = ",".join(_word(need) for need in payload.needs)
    text = "~".join((_encode(head), services, priority, needs)).rstrip("~")
    signature = keys.private_key(payload.office_id, keys.current).sign(CONTEXT + text.encode())
    return f"{text}.{_encode(signature)}"


def verify(fragment: str, public_key: PublicKeyOf) -> Payload:
    """What was signed. Office, day, revision and revocation are for the caller to compare."""
    text, dot, signature_text = fragment.rpartition(".")
    if not dot or len(fragment) > 2000 or not PAYLOAD.fullmatch(text):
        raise BadTicket("malformed")
    signature = _decode(signature_text)
    head = _decode(text.partition("~")[0])
    if signature is None or head is None or len(signature) != 64:
        raise BadTicket("malformed")
    fixed, digits = head[: HEAD.size], head[HEAD.size :]
    key_id, office_id, visit, revision, start, minutes, party_size = HEAD.unpack(fixed)
    key = public_key(office_id, key_id)
    if key is None:
        raise BadTicket("unknown_key")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, CONTEXT + text.encode())
    except InvalidSignature:
        raise BadTicket("altered") from None
    services, priority, needs = (*text.split("~")[1:], "", "", "")[:3]
    return Payload(
        office_id=office_id,
        visit_id=UUID(bytes=visit),
        revision=revision,
        services=tuple(_service(service) for service in services.split(",") if service),
        starts_at=datetime.fromtimestamp(start * 60, UTC),
        ends_at=datetime.fromtimestamp((start + minutes) * 60, UTC),
        party_size=party_size,
        priority=priority,
        needs=tuple(need for need in needs.split(",") if need),
        code=make_code(office_id, int.from_bytes(digits, "big")) if digits else "",
    )


def _word(text: str) -> str:
    if not WORD.fullmatch(text):
        raise ValueError(f"a ticket cannot carry the word {text!r}")
    return text


def _service(text: str) -> tuple[str, int]:
    slug, _, quantity = text.partition("*")
    return slug, int(quantity) if quantity.isdigit() else 1


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes | None:
    """The bytes of unpadded base64, and of its one right spelling only."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        return None
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return raw if _encode(raw) == text else None


# --- What a scanner typed ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Code:
    code: str


@dataclass(frozen=True, slots=True)
class Link:
    token: str
    fragment: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why: nothing there; half a code or link; two at once; keyboard or case spoilt it; a citizen
    card; a link of somebody else's."""

    reason: Literal[
        "empty", "part", "cut", "two", "keyboard", "case", "citizen_card", "foreign", "unknown"
    ]


Scan = Code | Link | Unreadable

# Many scanners announce the kind of bar code first: ]Q1 and the like.
SYMBOLOGY = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
TICKET = re.compile(r"/t/([A-Za-z0-9_-]{24})(?:\?[^#]*)?(?:#(.*))?")
# What a scanner has sent that lost the code from its sight: a link that ends too early.
CUT = re.compile(r"https?:?/{0,2}[^/]*(/t?|/t/[A-Za-z0-9_-]{0,23})?", re.IGNORECASE)
SIGNED = re.compile(rf"({PAYLOAD.pattern}\.[A-Za-z0-9_-]{{86}})")


def read_scan(text: str) -> Scan:
    """Never raises, whatever came down the cable; a code or a link still has to be looked up."""
    text = SYMBOLOGY.sub("", _printable(text[:4000]))
    if not text:
        return Unreadable("empty")
    code = check_code(text) or check_code(text.rstrip("*#;,/\\|!?$%&"))
    if code:
        return Code(code)
    digits = plain_digits(text) or ""
    if 0 < len(digits) < CODE_LENGTH:
        return Unreadable("part")
    if check_code(digits[:CODE_LENGTH]) and check_code(digits[-CODE_LENGTH:]):
        return Unreadable("two")
    if text.lower().count("/t/") > 1:
        return Unreadable("two")
    if text.count("|") >= 5:
        return Unreadable("citizen_card")
    if not text.isascii():
        # Telex and VNI make accented letters of what a scanner types; nothing gives them back.
        spoilt = any(unicodedata.category(c)[0] in "LM" and not c.isascii() for c in text)
        return Unreadable("keyboard" if spoilt else "unknown")
    if "%" in text:
        text = urllib.parse.unquote(text)
    if "/T/" in text and "/t/" not in text:
        # Caps lock turns every letter round, so turning them back is exact. A scanner set to
        # capitals leaves no small letter at all, and then the secret is lost.
        if not any(c.islower() for c in text):
            return Unreadable("case")
        text = text.swapcase()
    return _read_link(text)


def _read_link(text: str) -> Scan:
    found = TICKET.search(text)
    if found is None:
        if TOKEN.fullmatch(text) and parse_token(text):
            return Link(text)
        if CUT.fullmatch(text):
            return Unreadable("cut")
        return Unreadable("foreign" if "://" in text else "unknown")
    token, fragment = str(found[1]), found[2]
    if parse_token(token) is None:
        return Unreadable("unknown")
    # A fragment without a dot is a place on the page, not a payload somebody shortened.
    if not fragment or "." not in fragment:
        return Link(token)
    if not any(c.isupper() for c in token + fragment):
        return Unreadable("case")
    signed = SIGNED.match(fragment)
    return Link(token, signed[1] if signed else fragment)


def _printable(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs"}).strip()


# --- The QR image -----------------------------------------------------------------------------

BORDER = 4


@lru_cache(maxsize=2048)
def qr_png(text: str, box: int = 4) -> bytes:
    """A PNG with `box` pixels a module: 4 fits a phone's page and 58 mm paper alike."""
    modules = _modules(text)
    side = len(modules) * box
    dots = b"".join(_row_of_dots(row, box) * box for row in modules)
    image = Image.frombytes("L", (side, side), dots)
    png = io.BytesIO()
    image.convert("1").save(png, "PNG", optimize=True)
    return png.getvalue()


@lru_cache(maxsize=2048)
def qr_data(text: str) -> str:
    """The code as an address that a page shows without asking for it."""
    return f"data:image/svg+xml;base64,{b64encode(qr_svg(text).encode()).decode()}"


def qr_svg(text: str) -> str:
    """An SVG without a size of its own: the page's style gives it one."""
    modules = _modules(text)
    size = len(modules)
    path = "".join(_runs(row, y) for y, row in enumerate(modules))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/>'
        f'<path fill="#000" d="{path}"/></svg>'
    )


def qr_version(text: str) -> int:
    """How fine the image is, 1 to 40: what decides whether a cheap camera reads it."""
    return (len(_modules(text)) - 2 * BORDER - 17) // 4


@lru_cache(maxsize=512)
def _modules(text: str) -> list[list[bool]]:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=BORDER)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(dark) for dark in row] for row in code.get_matrix()]


def _row_of_dots(row: list[bool], box: int) -> bytes:
    return b"".join((b"\x00" if dark else b"\xff") * box for dark in row)


def _runs(row: list[bool], y: int) -> str:
    path: list[str] = []
    x = 0
    while x < len(row):
        length = 0
        while x + length < len(row) and row[x + length]:
            length += 1
        if length:
            path.append(f"M{x} {y}h{length}v1h-{length}z")
        x += length or 1
    return "".join(path)
