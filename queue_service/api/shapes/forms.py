"""Rules of form that many bodies share, and what every body is."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

# Rules of form live in the types, so that the document shows them. Where a person is the likely
# cause of an error (name, phone, party) the rule is only shown here and judged in checks.py.
Text = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Reason = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Slug = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\Z")]
Language = Literal["vi", "en"]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset")]
Name = Annotated[
    str, Meta(description="1 to 100 letters", extra_json_schema={"minLength": 1, "maxLength": 100})
]
Phone = Annotated[
    str,
    Meta(
        description="a phone number as people in Viet Nam write it, or with + and the country code",
        extra_json_schema={"maxLength": 40, "examples": ["0912 345 678"]},
    ),
]
PartySize = Annotated[
    int,
    Meta(
        description="how many people come, the one with the business included",
        extra_json_schema={"minimum": 1},
    ),
]
Quantity = Annotated[int, Meta(ge=1, le=100)]
People = Annotated[int, Meta(ge=0, le=10_000)]
# Words travel in the signed payload of the ticket, which knows small letters only.
Word = Annotated[str, Meta(max_length=40, pattern=r"^([a-z0-9][a-z0-9_-]*)?\Z")]
Needs = Annotated[list[Word], Meta(max_length=5)]
Identity = Annotated[
    str,
    Meta(
        max_length=500,
        description="number of the citizen card or passport, for scarce services; a keyed hash of "
        "it is kept, never the number",
    ),
]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """A body or a query: what is not asked for is refused, so that a misspelt field is noticed."""


class Nothing(Asked, frozen=True):
    pass


class ServiceWanted(Asked, frozen=True):
    service: Slug
    quantity: Quantity = 1


Services = Annotated[list[ServiceWanted], Meta(min_length=1, max_length=20)]


class Problem(Struct, frozen=True):
    """RFC 9457; the facts of a refusal stand beside these fields."""

    type: Annotated[str, Meta(description="ends in the refusal's code")]
    title: str
    status: int
    detail: str
    code: str = ""
