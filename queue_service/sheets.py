"""Tables as files for a spreadsheet. Whatever a cell says, it is text or a number, never a formula.

A name like `=HYPERLINK(…)` would be run by the program that opens a CSV: it gets a leading
apostrophe there, and is written as text into XLSX.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]

Cell = str | int | float | None
Row = Sequence[Cell]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
LONGEST_NAME = 31  # of a sheet
WIDEST = 60


@dataclass
class Table:
    """What a page shows and a file holds; `picture` and `alt` are for the page alone."""

    name: str
    title: str
    head: Sequence[str]
    rows: Sequence[Row]
    note: str = ""
    picture: str = ""
    alt: str = ""
    wide: Sequence[int] = field(default=(0,))  # columns of text


def csv_of(table: Table) -> bytes:
    """With a mark at its beginning by which spreadsheets know that it is UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in (table.head, *table.rows):
        writer.writerow([_harmless(cell) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def xlsx_of(tables: Sequence[Table]) -> bytes:
    """One sheet for each table."""
    kept = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book: Any = xlsxwriter.Workbook(kept, options)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    for table in tables:
        sheet = book.add_worksheet(
            _sheet_name(table.title, [one.name for one in book.worksheets()])
        )
        for column, cell in enumerate(table.head):
            sheet.write_string(0, column, cell, bold)
            longest = max([len(str(row[column])) for row in table.rows] or [8])
            sheet.set_column(column, column, min(WIDEST, max(12, longest + 2)))
        for number, row in enumerate(table.rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
        sheet.freeze_panes(1, 0)
    book.close()
    return kept.getvalue()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _sheet_name(title: str, taken: Sequence[str]) -> str:
    """Excel allows 31 letters and none of these, and no name twice."""
    plain = "".join(" " if sign in "[]:*?/\\'" else sign for sign in title)[:LONGEST_NAME].strip()
    name, number = plain or "-", 2
    while name.lower() in [one.lower() for one in taken]:
        name, number = f"{plain[: LONGEST_NAME - 3]} {number}", number + 1
    return name
