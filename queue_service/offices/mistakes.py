"""What the readers of a file say of a mistake, in words of both languages.

A sentence that is not known here, of a later reader perhaps, is told as it is: better than nothing.
"""

import re
from collections.abc import Mapping, Sequence

Said = Sequence[tuple[str, str, str]]  # a pattern, Vietnamese, English

# tomllib; a newer one may put more behind.
SYNTAX: Said = (
    (r"Expected '\]'.*table declaration", "tên bảng thiếu dấu ] ở cuối",
     "the name of a table lacks its ]"),
    (r"Expected '\]\]'.*array declaration", "tên bảng thiếu dấu ]] ở cuối",
     "the name of a table lacks its ]]"),
    (r"Expected '=' after a key", "thiếu dấu = sau tên mục", "there is no = after the name"),
    (r"Expected newline or end of document", "có chữ thừa sau giá trị, hoặc thiếu dấu nháy",
     "there is more after the value, or a quotation mark is missing"),
    (r"Unclosed array", "danh sách thiếu dấu ] ở cuối", "a list lacks its ]"),
    (r"Unclosed inline table", "bảng thiếu dấu } ở cuối", "a table lacks its }"),
    (r"Unterminated string|Expected [\"']{2,5}$", "thiếu dấu nháy đóng",
     "the closing quotation mark is missing"),
    (r"Illegal character .*|Found invalid character .*",
     "chữ chưa đóng dấu nháy ở dòng này, hoặc có ký tự không dùng được",
     "text is not closed by a quotation mark on this line, or has a character that cannot stand"),
    (r"Unescaped '\\' in a string|Invalid hex value|Escaped character .*",
     r"dấu \ trong chữ phải viết thành \\", r"a \ in text has to be written \\"),
    (r"Cannot declare (.+) twice", "bảng này đã có ở trên", "this table stands above already"),
    (r"Cannot overwrite a value|Cannot (?:redefine|mutate) .*|Duplicate inline table key .*",
     "mục này đã có ở trên", "this stands above already"),
    (r"Invalid date or datetime", "không có ngày hoặc giờ này", "there is no such day or time"),
    (r"Invalid value", "không hiểu giá trị: chữ phải nằm trong dấu nháy",
     "the value cannot be read: text stands in quotation marks"),
    (r"Invalid statement|Invalid initial character.*",
     "không hiểu dòng này", "this line cannot be read"),
)  # fmt: skip

TYPES: Mapping[str, tuple[str, str]] = {
    "str": ("chữ trong dấu nháy", "text in quotation marks"),
    "int": ("số nguyên", "a whole number"),
    "float": ("số", "a number"),
    "bool": ("true hoặc false", "true or false"),
    "array": ("danh sách trong dấu [ ]", "a list in [ ]"),
    "object": ("bảng", "a table"),
    "date": ("ngày như 2026-12-31", "a day such as 2026-12-31"),
    "datetime": ("ngày và giờ", "a day and a time"),
    "time": ("giờ", "a time"),
}
_TYPE = r"`([a-z |]+)`"
# msgspec, of a value that is not as the form has it
FORM: Said = (
    (rf"Expected {_TYPE}, got {_TYPE}", "cần {0}, không phải {1}", "needs {0}, not {1}"),
    (rf"Expected {_TYPE} >= (-?[\d.]+)", "ít nhất là {1}", "has to be {1} or more"),
    (rf"Expected {_TYPE} <= (-?[\d.]+)", "nhiều nhất là {1}", "has to be {1} or less"),
    (r"Expected `str` of length >= 1", "không được để trống", "must not be empty"),
    (r"Expected `str` of length <= (\d+)", "dài nhất {0} ký tự",
     "has to have {0} letters or fewer"),
    (r"Expected `array` of length >= 1", "cần ít nhất một mục", "needs one at least"),
    (r"Expected `array` of length <= (\d+)", "nhiều nhất {0} mục", "has to have {0} or fewer"),
    (r"Expected `str` matching regex '\^\[A-Z\]\{1,2\}\$'", "cần một hoặc hai chữ in hoa A–Z",
     "needs one or two capital letters A to Z"),
    (r"Expected `str` matching regex '\^\[a-z0-9\]",
     "chỉ dùng chữ thường không dấu, chữ số và gạch nối",
     "has small letters without marks, figures and hyphens alone"),
    (r"Expected `str` matching regex '\^\(\[0-9\]", "cần mã thủ tục như 1.001193",
     "needs a national code such as 1.001193"),
    (r"Expected `str` matching regex .*", "không viết đúng dạng", "is not written as it has to be"),
)  # fmt: skip


def syntax(said: str) -> tuple[str, str]:
    """Why a file is no TOML: without the place, which is told beside it."""
    return _words(SYNTAX, re.sub(r" \(at .*\)$", "", said))


def form(said: str) -> tuple[str, str]:
    return _words(FORM, said)


def _words(known: Said, said: str) -> tuple[str, str]:
    for pattern, *words in known:
        if found := re.match(pattern, said):
            parts = [[_type(one, language) for one in found.groups()] for language in (0, 1)]
            vi, en = (
                re.sub(r"{(\d)}", lambda at, own=own: own[int(at[1])], text)
                for text, own in zip(words, parts, strict=True)
            )
            return vi, en
    return said, said


def _type(word: str, language: int) -> str:
    kinds = [TYPES[one][language] for one in word.split(" | ") if one in TYPES]
    return ("hoặc", "or")[language].join(f" {one} " for one in kinds).strip() or word
