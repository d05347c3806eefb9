"""The words an office has from its authority, beside those that are its own.

Nothing is written for them: a form left empty says nothing, and then the authority's words hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from queue_service import reads, web
from queue_service.web import AppRequest

LANGUAGES = ("vi", "en")
Words = Mapping[str, str]  # by language


@dataclass(frozen=True)
class Above:
    """Who says them, and what: of tables that stand once, and of messages by kind."""

    name: str
    said: Mapping[tuple[str, str], Words]

    def of(self, table: str, key: str) -> Words | None:
        return self.said.get((table, key))


async def words(request: AppRequest, office: Mapping[str, Any]) -> Above:
    found = await reads.words_above(request.state.pool, office["office_id"])
    if found is None:
        return Above("", {})
    said: dict[tuple[str, str], dict[str, str]] = {}
    for table, key in (("board", "message"), ("door", "question")):
        if row := found[table]:
            said[table, key] = {one: row[f"{key}_{one}"] for one in LANGUAGES}
    for row in found["message_texts"]:
        said.setdefault(("texts", row["kind"]), {})[row["language"]] = row["text"]
    return Above(found[f"name_{web.lang(request)}"] or found["name_vi"], said)
