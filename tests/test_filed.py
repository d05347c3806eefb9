"""Tables of what was handled without a visit: read whole, or told line by line what is wrong."""

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]

from queue_service.offices import FileError, filed

OFFICE: Any = {
    "services": [
        {"service_id": "birth", "national_code": "1.001193"},
        {"service_id": "copy", "national_code": ""},
    ]
}
TODAY = date(2026, 11, 3)


def read(text: str) -> list[dict[str, Any]]:
    return filed.read(text.encode(), "filed.csv", OFFICE, TODAY)


def test_services_go_by_their_national_code_or_by_what_the_office_calls_them() -> None:
    assert read(
        "day,service,way,count\n2026-11-02,1.001193,online,7\n2026-11-02,copy,post,0\n"
    ) == [
        {"day": "2026-11-02", "service_id": "birth", "way": "online", "count": 7},
        {"day": "2026-11-02", "service_id": "copy", "way": "post", "count": 0},
    ]


def test_a_table_in_vietnamese_with_semicolons_is_read() -> None:
    text = "Ngày;Mã thủ tục;Hình thức;Số lượng\n2/11/2026;1.001193;Trực tuyến;7\n"
    assert read("\ufeff" + text + "02/11/2026;copy;tại nhà;1\n\n") == [
        {"day": "2026-11-02", "service_id": "birth", "way": "online", "count": 7},
        {"day": "2026-11-02", "service_id": "copy", "way": "home", "count": 1},
    ]


def test_a_sheet_with_real_dates_and_numbers_is_read() -> None:
    kept = io.BytesIO()
    book: Any = xlsxwriter.Workbook(kept, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Ngày", "Mã thủ tục", "Hình thức nộp", "Số hồ sơ"])
    sheet.write_datetime(1, 0, date(2026, 11, 2), book.add_format({"num_format": "dd/mm/yyyy"}))
    sheet.write_row(1, 1, ["copy", "Bưu chính công ích", 12])
    book.close()
    assert filed.read(kept.getvalue(), "filed.xlsx", OFFICE, TODAY) == [
        {"day": "2026-11-02", "service_id": "copy", "way": "post", "count": 12}
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026-02-30,copy,online,1", "“2026-02-30” is no day such as 2026-12-31"),
        ("2026-11-03,copy,online,1", "2026-11-03 is not over yet"),
        ("2026-11-02,marriage,online,1", "there is no service “marriage” here"),
        ("2026-11-02,copy,carrier pigeon,1", "“carrier pigeon” is none of online, post, home"),
        ("2026-11-02,copy,online,-1", "“-1” is no number of them"),
        ("2026-11-02,copy,online,12345678", "“12345678” is no number of them"),
        ("2026-11-02,copy,online", "“” is no number of them"),
        ("2026-11-01,copy,online,3", "this day, service and way stand in line 2 already"),
    ],
)
def test_each_mistake_is_told_with_its_line(line: str, said: str) -> None:
    with pytest.raises(FileError) as wrong:
        read(f"day,service,way,count\n2026-11-01,copy,online,3\n{line}\n")
    assert [(one.line, one.en) for one in wrong.value.problems] == [(3, said)]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "day,service,way,count\n"])
def test_a_table_without_head_or_lines_is_told_so(text: str) -> None:
    with pytest.raises(FileError):
        read(text)
