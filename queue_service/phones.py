"""Phone numbers the way people in Vietnam write them, kept as E.164."""

import re
import unicodedata
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# In 2018 every mobile number of eleven digits became one of ten: old prefix, new prefix.
REMAPPED = {
    "0120": "070",
    "0121": "079",
    "0122": "077",
    "0123": "083",
    "0124": "084",
    "0125": "085",
    "0126": "076",
    "0127": "081",
    "0128": "078",
    "0129": "082",
    "0162": "032",
    "0163": "033",
    "0164": "034",
    "0165": "035",
    "0166": "036",
    "0167": "037",
    "0168": "038",
    "0169": "039",
    "0186": "056",
    "0188": "058",
    "0199": "059",
}
# What reaches nobody: free and paid information lines.
SERVICE_LINES = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.PAGER,
        PhoneNumberType.VOICEMAIL,
    }
)
MOBILE = re.compile("0[35789]")
PLUS = "+\uff0b"
# Dashes, spaces, line ends and the invisible marks that come along when one copies from a chat.
BETWEEN_DIGITS = frozenset({"Pd", "Zs", "Zl", "Zp", "Cc", "Cf"})

Reason = Literal["empty", "not_digits", "too_short", "too_long", "not_in_use", "service_line"]


class BadPhone(ValueError):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def normalise(text: str) -> str:
    """The number as E.164; foreign ones need their country code with + or 00."""
    digits, foreign = _digits(text)
    if foreign:
        return _judge(f"+{digits}")
    if len(digits) < 9:
        raise BadPhone("too_short")
    national = "0" + digits.removeprefix("0")
    if len(national) == 11 and national[:4] in REMAPPED:
        national = REMAPPED[national[:4]] + national[4:]
    if MOBILE.match(national) and len(national) != 10:
        raise BadPhone("too_long" if len(national) > 10 else "too_short")
    return _judge(f"+84{national[1:]}")


def hidden(e164: str) -> str:
    """Enough of a number to know one's own by: its last three digits."""
    return f"••• {e164[-3:]}"


def pretty(e164: str) -> str:
    """As people read it aloud: national groups at home, international ones for the rest."""
    number = phonenumbers.parse(e164)
    at_home = number.country_code == 84
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def is_landline(e164: str) -> bool:
    """Whether it can only be spoken to: a text would fail."""
    if not e164.startswith("+"):
        return False
    number = phonenumbers.parse(e164)
    return phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE


def mask(e164: str) -> str:
    """Enough for its owner to know it by, too little for anybody else to call."""
    return f"…{e164[-3:]}" if e164 else ""


def _digits(text: str) -> tuple[str, bool]:
    """The digits without prefix of country 84, and whether another country's code leads them."""
    if len(text) > 60:
        raise BadPhone("too_long")
    kept = ""
    for character in text.strip():
        if character.isdecimal():
            kept += str(unicodedata.decimal(character))
        elif character in PLUS:
            kept += "+"
        elif character not in "().-_·•/" and unicodedata.category(character) not in BETWEEN_DIGITS:
            raise BadPhone("not_digits")
    if not kept.strip("+"):
        raise BadPhone("empty")
    if "+" in kept[1:]:
        raise BadPhone("not_digits")
    international = re.match(r"\+|00", kept)
    digits = kept[international.end() :] if international else kept
    if international and not digits.startswith("84"):
        return digits, True
    if international or (digits.startswith("84") and len(digits) >= 11):
        digits = digits.removeprefix("84")
    return digits, False


def _judge(e164: str) -> str:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException as problem:
        raise BadPhone(_too(problem.error_type)) from None
    if not phonenumbers.is_valid_number(number):
        possible = phonenumbers.is_possible_number_with_reason(number)
        if possible == phonenumbers.ValidationResult.TOO_LONG:
            raise BadPhone("too_long")
        if possible == phonenumbers.ValidationResult.TOO_SHORT:
            raise BadPhone("too_short")
        raise BadPhone("not_in_use")
    if phonenumbers.number_type(number) in SERVICE_LINES:
        raise BadPhone("service_line")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _too(error_type: int) -> Reason:
    if error_type == phonenumbers.NumberParseException.TOO_LONG:
        return "too_long"
    if error_type in (
        phonenumbers.NumberParseException.TOO_SHORT_NSN,
        phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD,
    ):
        return "too_short"
    return "not_in_use"
