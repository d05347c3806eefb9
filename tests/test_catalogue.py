"""A catalogue of services as CSV or XLSX; each mistake is named with its line."""

import io
from typing import Any

import pytest
import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]

from queue_service.offices import FileError
from queue_service.offices.catalogue import read

HEAD = ["Mã thủ tục", "Tên thủ tục", "Lĩnh vực", "Tên thường gọi", "Số phút", "Cấp bách"]
BIRTH = ["1.001193", "Đăng ký khai sinh", "Hộ tịch", "giấy khai sinh; làm khai sinh", "15", "x"]
COPY = ["2.000815", "Chứng thực bản sao", "Chứng thực", "sao y; công chứng", "", ""]


def as_csv(*rows: list[str], between: str = ",") -> bytes:
    def cell(text: str) -> str:
        return f'"{text}"' if between in text or "\n" in text else text

    return "\r\n".join(between.join(map(cell, row)) for row in rows).encode("utf-8-sig")


def as_xlsx(*rows: list[Any]) -> bytes:
    made = io.BytesIO()
    book: Any = xlsxwriter.Workbook(made)
    sheet = book.add_worksheet("Danh mục")
    for n, row in enumerate(rows):
        sheet.write_row(n, 0, row)
    book.close()
    return made.getvalue()


def problems(data: bytes) -> list[tuple[int, str]]:
    with pytest.raises(FileError) as caught:
        read(data, "danh-muc")
    return [(one.line, one.en) for one in caught.value.problems]


@pytest.mark.parametrize(
    "data",
    [
        as_csv(HEAD, BIRTH, COPY),
        as_csv(HEAD, BIRTH, COPY, between=";"),
        as_csv(HEAD, BIRTH, COPY, between="\t"),
        as_xlsx(HEAD, BIRTH, COPY),
        as_xlsx(["Danh mục thủ tục hành chính"], [], HEAD, [*BIRTH[:4], 15, "x"], COPY),
    ],
)
def test_every_table_says_the_same(data: bytes) -> None:
    birth, copy = read(data, "danh-muc")
    assert birth["name_vi"] == "Đăng ký khai sinh"
    assert birth["aliases"] == ["giấy khai sinh", "làm khai sinh"]
    assert (birth["minutes"], birth["urgent"]) == (15, True)
    assert (copy["national_code"], copy["minutes"], copy["urgent"]) == ("2.000815", None, False)


def test_each_mistake_is_named_with_its_line_and_all_at_once() -> None:
    rows = [
        BIRTH,
        ["khai sinh", "Không có mã", "", "", "", ""],
        ["1.000656", "", "", "", "", ""],
        BIRTH,
        ["1.000894", "Kết hôn", "", "", "nhanh", "chắc"],
    ]
    found = problems(as_csv(HEAD, *rows))
    assert [line for line, _ in found] == [3, 4, 5, 6, 6]
    said = " ".join(words for _, words in found)
    for part in ("is no code", "name is missing", "stands in line 2", "urgent", "minutes"):
        assert part in said


def test_lines_are_those_an_editor_shows_where_a_field_holds_line_ends() -> None:
    rows = [[*BIRTH[:3], "giấy khai sinh\nlàm khai sinh", "15", "x"], ["x", "Sai", "", "", "", ""]]
    assert problems(as_csv(HEAD, *rows))[0][0] == 4


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no head"),
        ("Tên,Ghi chú\nA,B".encode(), "no head"),
        (as_csv(HEAD), "no procedure"),
        ("Mã thủ tục,Tên thủ tục\n1.001193,Khai sinh".encode("utf-16"), "not UTF-8"),
        (b"PK\x03\x04 not really", "cannot be read"),
        (as_xlsx(), "no head"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, said: str) -> None:
    assert said in problems(data)[0][1]


def test_1800_procedures_are_read() -> None:
    rows = [[f"1.{n:06}", f"Thủ tục số {n}", "Lĩnh vực", f"tên {n}", "10", ""] for n in range(1800)]
    assert len(read(as_csv(HEAD, *rows), "x")) == len(read(as_xlsx(HEAD, *rows), "x")) == 1800
