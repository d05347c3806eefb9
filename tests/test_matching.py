"""Names are found as people type them, and never guessed where two may be meant."""

from datetime import UTC, datetime

import pytest

from queue_service import offices
from queue_service.matching import Candidate, best, office_names, ranked, service_names

NOW = datetime(2026, 3, 31, 1, tzinfo=UTC)
FILES = {
    read.document["office"]["slug"]: read.document
    for read in offices.read_all(offices.models(), NOW)
}


def services(slug: str) -> list[Candidate]:
    return [Candidate(row["service_id"], service_names(row)) for row in FILES[slug]["services"]]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("khai sih", "birth"),
        ("KHAI SINH", "birth"),
        ("giấy độc thân", "marital-status"),
        ("giay doc thn", "marital-status"),
        ("sao y", "certified-copy"),
        ("dang ky ket hon", "marriage"),
        ("dangkykethon", "marriage"),
        ("lam giay chung tu", "death"),
        ("ho khau", "permanent-residence"),
    ],
)
def test_a_service_of_the_ward_is_found_without_marks_and_misspelt(typed: str, meant: str) -> None:
    found = best(typed, services("ward"))
    assert found.sure is not None
    assert found.sure.key == meant


def test_what_belongs_to_several_services_is_asked_back_and_not_guessed() -> None:
    found = best("Sở Tư pháp", services("da-nang-center"))
    assert found.sure is None
    assert [match.key for match in found.close][:2] == ["criminal-record-1", "criminal-record-2"]


def test_a_digit_decides_between_two_procedures_of_one_name() -> None:
    assert [
        match.key
        for match in (best(f"phieu ly lich so {n}", services("da-nang-center")).sure for n in "12")
        if match
    ] == ["criminal-record-1", "criminal-record-2"]


def test_an_office_is_found_by_its_initials_and_old_names() -> None:
    named = [
        Candidate("center", office_names(FILES["da-nang-center"]["office"])),
        Candidate("ward", ["UBND phường Hải Châu", "phường Thọ Quang, quận Sơn Trà"]),
    ]
    for typed, meant in (("TTHC", "center"), ("p tho quang son tra", "ward"), ("abcd", None)):
        sure = best(typed, named).sure
        assert (sure.key if sure else None) == meant


@pytest.mark.parametrize(
    "typed", ["", "   ", "!!!", "<script>", "'; drop table", "bóng đá tối nay", "x" * 100_000]
)
def test_nonsense_is_like_nothing(typed: str) -> None:
    assert ranked(typed, services("ward") + services("da-nang-center")) == []


def test_names_that_hold_all_that_was_typed_are_close_however_long_they_are() -> None:
    typed = best(
        "giay phep xay dung",
        [
            Candidate("new", ["Cấp giấy phép xây dựng mới"]),
            Candidate("house", ["Cấp giấy phép xây dựng nhà ở riêng lẻ"]),
            Candidate("labour", ["Cấp giấy phép lao động"]),
        ],
    )
    assert typed.sure is None
    assert [match.key for match in typed.close] == ["new", "house"]


@pytest.mark.parametrize(
    "typed", ["ddawng kys keets hoon", "d9a8ng ky1 ke61t ho6n", "DDAWNG KYS KEETS HOON"]
)
def test_what_a_keyboard_leaves_that_was_not_switched_to_vietnamese_is_read(typed: str) -> None:
    found = best(typed, services("ward")).sure
    assert found is not None
    assert found.key == "marriage"
