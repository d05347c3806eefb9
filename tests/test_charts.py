"""The pictures of figures can be read without colour."""

import base64
from xml.etree import ElementTree

import pytest

from queue_service import charts

pytestmark = pytest.mark.anyio
SVG = "{http://www.w3.org/2000/svg}"


async def test_the_second_line_is_dashed_and_the_legend_says_which() -> None:
    address = await charts.lines(["01/03", "02/03"], [("half", (3, 4)), ("most", (9, 12))])
    drawn = ElementTree.fromstring(base64.b64decode(address.partition(",")[2]))
    style = "".join(one.text or "" for one in drawn.iter(f"{SVG}style"))
    assert "{{" not in style, "a place that the library does not fill in makes the rule void"
    assert ".serie-1 .line{stroke-dasharray:8,6}" in style.replace("; ", ";")
    second = [
        path
        for group in drawn.iter(f"{SVG}g")
        if "serie-1" in group.get("class", "").split()
        for path in group.iter(f"{SVG}path")
    ]
    assert [path.get("class") for path in second] == ["line reactive nofill"]
    words = " ".join(one.text or "" for one in drawn.iter(f"{SVG}text"))
    assert "half ———" in words
    assert "most – – –" in words
