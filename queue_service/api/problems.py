"""Refusals as RFC 9457 has them: the code for programs, a sentence for whoever reads it."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from queue_service import wording
from queue_service.i18n import N_, translator

TYPE = "/problems/"

TITLES = {
    400: N_("The request cannot be read"),
    404: N_("Not found"),
    405: N_("Not possible here"),
    413: N_("Too much at once"),
    415: N_("Not JSON"),
    422: N_("Something in the request is not right"),
    500: N_("Something went wrong here"),
}

# What only the API says; every other code has its words in wording/
SENTENCES = {
    "not_json": N_("The body of the request is not valid JSON. Send one JSON object in UTF-8."),
    "unsupported_media_type": N_("Send the body as application/json."),
    "body_too_large": N_("The body of the request is larger than %(limit)s bytes. Send less."),
    "no_such_page": N_("There is nothing at this address. See /api/v1/openapi.json."),
    "not_allowed": N_("This address does not know %(method)s. Use one of: %(allowed)s."),
    "bad_key": N_(
        "An Idempotency-Key has 1 to 100 visible ASCII letters; for a booking, it is a UUID."
    ),
    "two_keys": N_("The Idempotency-Key and the id in the body differ. Send one of them."),
    "missing_field": N_("The field “%(field)s” is missing."),
    "unknown_field": N_("The field “%(field)s” is not known here. Check its spelling."),
    "wrong_type": N_("The field “%(field)s” is of the wrong kind."),
    "too_short": N_("The field “%(field)s” is too short."),
    "too_long": N_("The field “%(field)s” is too long."),
    "out_of_range": N_("The field “%(field)s” is too small or too large."),
    "bad_letters": N_("The field “%(field)s” holds letters that are not possible there."),
    "bad_moment": N_(
        "The field “%(field)s” is not a time that can be used. "
        "Write it like 2020-03-31T08:30:00+07:00."
    ),
    "bad_day": N_("The field “%(field)s” is not a day. Write it like 2020-03-31."),
    "bad_id": N_("The field “%(field)s” is not a UUID."),
    "not_a_choice": N_("The field “%(field)s” does not know this word."),
    "one_of": N_("Send exactly one of the fields %(fields)s."),
    "which_office": N_(
        "This token is good for several offices. Say which one in the field “office”."
    ),
    "error": N_(
        "A fault of this service. Nothing is certain about what was asked: "
        "try again with the same Idempotency-Key."
    ),
}

# How msgspec says it, and which code that is.
FORMS = (
    (r"missing required field `(?P<field>[^`]*)`", "missing_field"),
    (r"unknown field `(?P<field>[^`]*)`", "unknown_field"),
    (r"Invalid enum value", "not_a_choice"),
    (r"of length >=|of length > ", "too_short"),
    (r"of length <=|of length < ", "too_long"),
    (r"matching regex", "bad_letters"),
    (r"encoded date\b|`date`", "bad_day"),
    (r"datetime", "bad_moment"),
    (r"Invalid RFC3339", "bad_moment"),
    (r"UUID|`uuid`", "bad_id"),
    (r">=|<=|Integer value out of range|out of range", "out_of_range"),
)
PATH = re.compile(r" - at `(?:key in )?\$\.?(?P<path>[^`]*)`$")


class Invalid(Exception):
    """The request itself is wrong; nobody had to be asked to see it."""

    def __init__(self, code: str, status: int = 422, **facts: object) -> None:
        super().__init__(code)
        self.code, self.status, self.facts = code, status, facts


def invalid(error: msgspec.ValidationError) -> Invalid:
    """Which field is wrong and why, from the sentence msgspec has for it."""
    text = str(error)
    found = PATH.search(text)
    path = found["path"] if found else ""
    for form, code in FORMS:
        if match := re.search(form, text):
            field = match.groupdict().get("field")
            return Invalid(code, field=".".join(part for part in (path, field) if part))
    return Invalid("wrong_type", field=path or "$")


def problem(
    code: str,
    status: int,
    facts: Mapping[str, Any],
    language: str,
    zone: str = wording.DEFAULT_ZONE,
    headers: Mapping[str, str] | None = None,
) -> Response:
    if own := SENTENCES.get(code):
        say = translator(language).gettext
        title, detail = say(TITLES.get(status, TITLES[500])), say(own) % facts
    else:
        title, detail = wording.say_refusal(language, code, facts, zone)
    document = {
        **facts,
        "type": TYPE + code,
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    sent = {"cache-control": "no-store", "content-language": language, **(headers or {})}
    if (after := facts.get("retry_after")) is not None:
        sent["retry-after"] = str(after)
    return Response(
        msgspec.json.encode(document), status, sent, media_type="application/problem+json"
    )
