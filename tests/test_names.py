"""Names found without their marks and sorted the Vietnamese way."""

import random

from hypothesis import given
from hypothesis import strategies as st

from queue_service.names import fold, person_key, sort_key


def test_a_name_is_found_without_its_marks() -> None:
    assert fold("  Phường THỌ  Quang ") == "phuong tho quang"
    assert fold("Đặng Thị Ưởng") == "dang thi uong"
    assert fold("\u0110a\u0323\u0306ng") == "dang"


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_words_stand_as_in_a_dictionary() -> None:
    right = [
        "An",
        "Ánh",
        "Ăn",
        "Ấn",
        "Dung",
        "Đào",
        "Đoàn",
        "Eo",
        "ma",
        "mà",
        "mả",
        "mã",
        "má",
        "mạ",
    ]
    mixed = random.Random(1).sample(right, len(right))
    assert sorted(mixed, key=sort_key) == right


def test_both_ways_of_storing_an_accent_sort_alike() -> None:
    assert sort_key("Ấn")[:2] == sort_key("A\u0302\u0301n")[:2]


def test_people_stand_by_their_given_names() -> None:
    people = ["Trần Văn Bình", "Lê Thị Ánh", "Nguyễn An", "Phạm Bình", "Lê An"]
    assert sorted(people, key=person_key) == [
        "Lê An",
        "Nguyễn An",
        "Lê Thị Ánh",
        "Phạm Bình",
        "Trần Văn Bình",
    ]


@given(st.lists(st.text()))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    assert sorted(sorted(names, key=person_key)) == sorted(names)
