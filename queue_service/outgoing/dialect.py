"""How a local gateway is spoken to: in its own names and words, each body signed."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from queue_service.settings import GATEWAY_FIELDS, GATEWAY_WORDS, Settings, pairs

TIMESTAMP, SIGNATURE = "x-timestamp", "x-signature"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the gateway calls our fields, what its words for a state mean, and how it writes."""

    fields: Mapping[str, str]
    words: Mapping[str, str]
    as_form: bool = False

    @classmethod
    def of(cls, settings: Settings) -> "Dialect":
        named = dict(pairs(settings.gateway_fields))
        listed = [*((word, word) for word in GATEWAY_WORDS), *pairs(settings.gateway_words)]
        meanings = {
            theirs.casefold(): ours for ours, several in listed for theirs in several.split("|")
        }
        fields = {ours: named.get(ours, ours) for ours in GATEWAY_FIELDS}
        return cls(fields, meanings, settings.gateway_body == "form")

    def write(self, **ours: str) -> tuple[bytes, str]:
        """The body and its type."""
        theirs = {self.fields[name]: value for name, value in ours.items()}
        if self.as_form:
            return urlencode(theirs).encode(), "application/x-www-form-urlencoded"
        return msgspec.json.encode(theirs), "application/json"

    def read(self, body: bytes, content_type: str) -> dict[str, str]:
        """Our names of what came; whatever cannot be read is nothing."""
        theirs: Mapping[str, Any] = {}
        try:
            if "urlencoded" in content_type:
                theirs = dict(parse_qsl(body.decode(), max_num_fields=100))
            elif body:
                theirs = msgspec.json.decode(body, type=dict[str, Any])
        except (ValueError, msgspec.MsgspecError):
            return {}
        found = {ours: theirs.get(name) for ours, name in self.fields.items()}
        return {
            ours: str(value)
            for ours, value in found.items()
            if isinstance(value, str | int) and not isinstance(value, bool)
        }

    def meaning(self, word: str) -> str:
        """sent, delivered, failed, unanswered, passing; empty where the word is not known."""
        return self.words.get(word.casefold(), "")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
