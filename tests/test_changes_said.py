"""What a change changes is said in the reader's words, whatever part of the office it is."""

import re
from datetime import date
from typing import Any

import pytest

from queue_service import offices
from queue_service.offices.changes import compared
from queue_service.offices.document import KEYS
from queue_service.offices.said import FIELDS, PARTS, said

TODAY = date(2026, 3, 31)
KEY = re.compile(r"[a-z]+_[a-z_]+")  # as a file names things, and nobody speaks


def document(name: str) -> dict[str, Any]:
    return offices.read(offices.model(name), TODAY).document


def test_a_cap_a_closed_day_and_fewer_counters_are_said_in_both_languages() -> None:
    before = document("ward")
    after = document("ward")
    after["closures"].append({"day": "2026-05-04", "name_vi": "Sửa nhà", "name_en": "Works"})
    cap = next(row for row in after["caps"] if row["scope"].startswith("area:"))
    was, cap["maximum"] = cap["maximum"], 5
    cap["valid_from"] = "2026-04-01"
    room = next(row for row in after["areas"] if f"area:{row['area_id']}" == cap["scope"])
    vi = said("vi", before, after, TODAY)
    assert f"~ Giới hạn số người tại {room['name_vi']}, tối đa: {was} → 5" in vi
    assert f"~ Giới hạn số người tại {room['name_vi']}, từ: luôn luôn → 01/04/2026" in vi
    assert "+ Ngày nghỉ 04/05/2026, Sửa nhà" in vi
    en = said("en", before, after, TODAY)
    assert f"~ Cap people in {room['name_en']}, at most: {was} → 5" in en


@pytest.mark.parametrize("name", [*offices.MODELS, "clinic"])
def test_every_part_and_every_field_of_an_office_has_a_word(name: str) -> None:
    full = document(name)
    nothing: dict[str, Any] = {**full}
    for part, rows in full.items():
        if isinstance(rows, list):
            nothing[part] = []
    nothing["office"] = dict.fromkeys(full["office"])
    for table in ("board", "messages", "fairness", "door", "rota"):
        nothing[table] = dict.fromkeys(full.get(table, {}))
    assert {one.part for one in compared(nothing, full, TODAY)} - {"office"} <= PARTS.keys()
    assert {one.name for one in compared(nothing, full, TODAY)} - {""} <= FIELDS.keys()
    own = " ".join(re.findall(KEY, str(full)))  # ids and addresses are said as they are
    for line in (*said("vi", nothing, full, TODAY), *said("vi", full, nothing, TODAY)):
        assert all(word in own for word in re.findall(KEY, line)), line
        assert not re.search(r"\b(maximum|amount|weekday|opens|True|False|infinity)\b", line)


def test_every_part_of_a_file_that_can_change_has_a_word() -> None:
    assert set(KEYS) <= PARTS.keys()


def test_a_target_is_said_by_its_service() -> None:
    before, after = document("ward"), document("ward")
    one = after["services"][0]
    days = {"valid_from": "2027-01-01", "valid_to": "infinity"}
    after["targets"] = [
        {"service_id": one["service_id"], "percent": 40, **days},
        {"service_id": "", "percent": 30, **days},
    ]
    said_ = said("vi", before, after, TODAY)
    assert any(one["name_vi"] in line and "40" in line for line in said_)
    assert any("tất cả thủ tục" in line and "30" in line for line in said_)


def test_nothing_changed_says_nothing() -> None:
    assert said("vi", document("ward"), document("ward"), TODAY) == []
