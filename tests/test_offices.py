"""Office files: what they say, what is wrong with them and where, what an import would change."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from queue_service import offices, reads
from queue_service.__main__ import main
from queue_service.db import Database, Pool
from queue_service.offices.document import Document
from queue_service.offices.hours import public_holidays
from queue_service.offices.lines import Lines

TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 1, tzinfo=UTC)
SMALL = """\
[office]
slug = "small"
number = 77
name.vi = "Nhỏ"
name.en = "Small"
public_holidays = false

[hours]
mon-fri = ["07:30-11:30", "13:30-17:00"]

[[area]]
id = "hall"
name = { vi = "Sảnh", en = "Hall" }
staff = 2

[[queue]]
id = "justice"
letter = "A"
name = { vi = "Tư pháp", en = "Justice" }
planned = [
  { days = "mon-thu", from = "07:30", to = "17:00", counters = 2 },
  { days = "fri", from = "07:30", to = "11:30", counters = 1 },
]

[[counter]]
id = "1"
name = { vi = "Quầy 1", en = "Counter 1" }
queues = ["justice"]

[[service]]
id = "copy"
queue = "justice"
name = { vi = "Sao y", en = "Copy" }
minutes = 5

[[cap]]
id = "hall"
kind = "present"
scope = "area:hall"
maximum = 20
"""


def read(text: str) -> Document:
    return offices.read_text(text, "small.toml", TODAY).document


def problem(text: str, words: str) -> int:
    """The line of the problem said in these English words."""
    with pytest.raises(offices.FileError) as found:
        read(text)
    (line,) = [each.line for each in found.value.problems if words in each.en]
    assert f"small.toml:{line}: " in str(found.value)
    return line


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_small_file_is_read_whole() -> None:
    file = read(SMALL)
    assert file["office"]["name_vi"] == "Nhỏ"
    assert file["office"]["lateness_minutes"] == 10
    assert file["openings"][0] == {"weekday": 1, "opens": "07:30:00", "closes": "11:30:00"}
    assert [row for row in file["plans"] if row["weekday"] == 5] == [
        {"scope": "queue:justice", "weekday": 5, "starts": "07:30:00", "ends": "11:30:00",
         "amount": 1},
        {"scope": "staff:hall", "weekday": 5, "starts": "07:30:00", "ends": "11:30:00",
         "amount": 2},
        {"scope": "staff:hall", "weekday": 5, "starts": "13:30:00", "ends": "17:00:00",
         "amount": 2},
    ]  # fmt: skip
    assert file["caps"][0]["valid_to"] == "infinity"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('letter = "A"', 'letter = "a"', "one or two capital letters"),
        ('letter = "A"', 'colour = "red"', "nothing is called colour"),
        ("minutes = 5", "minutes = 0", "has to be 1 or more"),
        ("minutes = 5", 'minutes = "5"', "needs a whole number, not text in quotation marks"),
        ('queues = ["justice"]', 'queues = ["justise"]', "there is no queue justise"),
        ('queue = "justice"', 'queue = "health"', "there is no queue health"),
        ('scope = "area:hall"', 'scope = "area:room"', "no scope area:room"),
        ('kind = "present"', 'kind = "people"', "people is not one of the choices"),
        ("number = 77", "number = 10000", "has to be 9999 or less"),
        ('mon-fri = ["07:30', 'mon-fri = ["7:30', "cannot read the hours"),
        ('mon-fri = ["07:30-11:30', 'mon-fri = ["07:30-14:30', "overlaps other hours on mon"),
        ('mon-fri = ["07:30-11:30', 'mon-fri = ["11:30-07:30', "ends too early"),
        ('"fri", from', '"sat", from', "outside the opening hours"),
        ('"fri", from', '"thu", from', "planned already"),
        ('"fri", from', '"Freitag", from', "cannot read the days"),
        ('"fri", from = "07:30"', '"fri", from = "06:30"', "outside the opening hours"),
        ('en = "Justice"', 'en = ""', "must not be empty"),
        ('en = "Copy"', 'en = "Co\\u0000py"', "control character"),
        ("public_holidays = false", 'time_zone = "Asia/Da_Nang"', "no time zone"),
        ("maximum = 20", "maximum = 20\nvalid_from = 2020-03-30\nvalid_to = 2020-03-29", "before"),
    ],
)
def test_an_error_names_its_line(old: str, new: str, words: str) -> None:
    assert old in SMALL
    text = SMALL.replace(old, new)
    assert problem(text, words) == line_of(text, new.split("\n")[-1])


@pytest.mark.parametrize(
    ("text", "vi", "en"),
    [
        ("[office\na = 1", "thiếu dấu ]", "lacks its ]"),
        ("[[office]\na = 1", "thiếu dấu ]]", "lacks its ]]"),
        ("a 1", "thiếu dấu =", "no ="),
        ("a = 1 b", "có chữ thừa", "more after the value"),
        ("a = [1, 2", "danh sách thiếu dấu ]", "a list lacks its ]"),
        ("a = {b = 1", "bảng thiếu dấu }", "a table lacks its }"),
        ('a = "x\nb = 1', "chưa đóng dấu nháy", "not closed by a quotation mark"),
        ('a = "x', "dấu nháy đóng", "quotation mark"),
        ('a = """x', "dấu nháy đóng", "quotation mark"),
        ('a = "\\d"', "phải viết thành \\\\", "written \\\\"),
        ("[a]\n[a]", "đã có ở trên", "above already"),
        ("a = 1\na = 2", "đã có ở trên", "above already"),
        ("a = {b = 1, b = 2}", "đã có ở trên", "above already"),
        ("a = 2026-02-30", "không có ngày", "no such day"),
        ("a = Sơn Trà", "chữ phải nằm trong dấu nháy", "text stands in quotation marks"),
        ("a =", "không hiểu giá trị", "cannot be read"),
        ("!", "không hiểu dòng này", "cannot be read"),
    ],
)
def test_a_file_that_is_no_toml_is_told_of_in_the_readers_language(
    text: str, vi: str, en: str
) -> None:
    with pytest.raises(offices.FileError) as told:
        read(text)
    [one] = told.value.problems
    assert one.vi.startswith("không phải TOML: ")
    assert one.en.startswith("not TOML: ")
    assert vi in one.vi
    assert en in one.en
    assert not re.search(
        r"[Ee]xpected|[Ii]nvalid|Cannot|Unclosed|Duplicate|at line", one.vi + one.en
    )


TARGET = "\n[[target]]\npercent = 50\nvalid_to = 2026-06-30\n"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('\n[[target]]\npercent = 50\nservice = "none"', "there is no service none"),
        ("\n[[target]]\nvalid_from = 2026-06-30\npercent = 60", "another target of this service"),
        (
            "\n[[target]]\nvalid_from = 2026-08-02\npercent = 60\nvalid_to = 2026-08-01",
            "valid_to is before valid_from",
        ),
    ],
)
def test_a_target_that_cannot_hold_names_its_line(more: str, words: str) -> None:
    text = SMALL + TARGET + more + "\n"
    assert problem(text, words) == line_of(text, more.split("\n")[-1])


PRINTER = """
[[printer]]
id = "door"
name = { vi = "Máy in ở cửa", en = "Printer at the door" }
paper = 58
address = "tcp://192.168.1.50:9100"
"""


def test_a_printer_prints_as_wide_as_its_paper_unless_the_file_says_else() -> None:
    [printer] = read(SMALL + PRINTER)["printers"]
    assert (printer["printer_id"], printer["paper_mm"], printer["dots"]) == ("door", 58, 384)
    [other] = read(SMALL + PRINTER.replace("58", "80\ndots = 512"))["printers"]
    assert (other["paper_mm"], other["dots"]) == (80, 512)


@pytest.mark.parametrize("address", ["tcp://printer-1.local", "/dev/usb/lp0", "file"])
def test_a_printer_is_on_the_network_on_a_cable_or_a_file(address: str) -> None:
    text = SMALL + PRINTER.replace("tcp://192.168.1.50:9100", address)
    assert read(text)["printers"][0]["address"] == address


@pytest.mark.parametrize(
    "address", ["192.168.1.50", "tcp://", "http://x", "/etc/passwd", "/dev/../etc/x", "/dev/", ""]
)
def test_a_printers_address_that_is_none_names_its_line(address: str) -> None:
    text = SMALL + PRINTER.replace("tcp://192.168.1.50:9100", address)
    assert problem(text, "printer's address") == line_of(text, "address =")


def test_a_printer_cannot_print_half_a_byte() -> None:
    text = SMALL + PRINTER + "dots = 381\n"
    assert problem(text, "multiple") == line_of(text, "dots = 381")


def test_what_is_no_toml_names_its_line() -> None:
    text = SMALL.replace("maximum = 20", "maximum = 20 people")
    assert problem(text, "not TOML") == line_of(text, "20 people")


def test_what_is_missing_names_the_line_of_its_table() -> None:
    text = SMALL.replace('id = "copy"\n', "")
    assert problem(text, "id is missing") == line_of(text, "[[service]]")


HEALTH = """\
[[queue]]
id = "health"
letter = "B"
name = { vi = "Y tế", en = "Health" }
"""
ITS_COUNTER = """\
[[counter]]
id = "2"
name = { vi = "Quầy 2", en = "Counter 2" }
queues = ["health"]
"""
YARD = """\
[[area]]
id = "yard"
name = { vi = "Sân", en = "Yard" }
[[counter]]
id = "2"
area = "yard"
name = { vi = "Quầy 2", en = "Counter 2" }
queues = ["justice"]
"""


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('[[area]]\nid = "hall"\nname = { vi = "A", en = "A" }\n', "the id hall already"),
        ('[[pool]]\nid = "desks"\nplanned = 2\n', "no queue is in pool desks"),
        (HEALTH.replace('"B"', '"A"') + "planned = 1\n" + ITS_COUNTER, "the letter A already"),
        (HEALTH + "planned = 1\n", "no counter calls queue health"),
        (HEALTH + ITS_COUNTER, "has no planned counters"),
        (YARD, "is in another area"),
        ("[[open]]\nday = 2026-04-01\n", "is no holiday"),
    ],
)
def test_what_does_not_fit_together_is_named(table: str, words: str) -> None:
    assert problem(SMALL + table, words) > SMALL.count("\n")


def test_everything_wrong_is_said_at_once() -> None:
    text = SMALL.replace('["justice"]', '["tax"]').replace("area:hall", "area:room")
    with pytest.raises(offices.FileError) as found:
        read(text)
    assert len(found.value.problems) == 3  # nobody calls `justice` any more, either


def test_every_line_is_found_in_any_way_of_writing() -> None:
    text = (
        'a.b = 1\n"c d" = """\nx\n"""\n[e]\nf = [\n  1, # one\n  { g = 2,\n h = 3 },\n]\n'
        "[[i.j]]\nk = '''\n]]\n'''\n[[i.j]]\n[i.j.l]\nm = 2020-03-30\n"
    )
    lines = Lines(text)
    places = {
        ("a", "b"): 1, ("c d",): 2, ("e",): 5, ("e", "f", 0): 7, ("e", "f", 1, "g"): 8,
        ("e", "f", 1, "h"): 9, ("i", "j", 0, "k"): 12, ("i", "j", 1): 15,
        ("i", "j", 1, "l", "m"): 17,
        ("e", "nothing"): 5, ("nothing",): 1,
    }  # fmt: skip
    assert {path: lines.of(path) for path in places} == places


def test_holidays_of_three_years_are_closed_and_the_file_overrides() -> None:
    text = SMALL.replace("public_holidays = false", "public_holidays = true") + (
        "[[open]]\nday = 2026-09-02\n"
        '[[open]]\nday = 2026-04-30\nhours = ["08:00-10:00"]\n'
        '[[closed]]\nday = 2026-05-04\nuntil = 2026-05-05\nname = { vi = "Sửa", en = "Works" }\n'
    )
    file = read(text)
    closed = {row["day"]: row for row in file["closures"]}
    assert closed["2027-01-01"]["name_en"] == "New Year's Day"
    assert closed["2028-09-02"]["name_vi"].startswith("Quốc khánh")
    assert "2026-09-02" not in closed
    assert "2026-04-30" not in closed
    assert closed["2026-05-05"]["name_vi"] == "Sửa"
    assert file["special_openings"] == [
        {"day": "2026-04-30", "opens": "08:00:00", "closes": "10:00:00"}
    ]


def test_tet_is_a_holiday() -> None:
    assert date(2026, 2, 17) in public_holidays(2026)


def test_a_queue_of_a_pool_has_the_pools_counters() -> None:
    planned = SMALL[SMALL.index("planned = [") : SMALL.index("[[counter]]")]
    text = SMALL.replace(planned, 'pool = "desks"\n\n') + '[[pool]]\nid = "desks"\nplanned = 3\n'
    amounts = {row["scope"]: row["amount"] for row in read(text)["plans"]}
    assert amounts == {"pool:desks": 3, "queue:justice": 3, "staff:hall": 2}


def test_a_date_is_planned_as_a_whole_or_from_hour_to_hour() -> None:
    text = SMALL + (
        "[[planned]]\nday = 2026-04-01\narea.hall = 3\n"
        'queue.justice = [{ from = "08:00", to = "10:00", counters = 0 }]\n'
    )
    rows = read(text)["day_plans"]
    assert {row["day"] for row in rows} == {"2026-04-01"}
    assert [row for row in rows if row["scope"] == "queue:justice"] == [
        {"day": "2026-04-01", "scope": "queue:justice",
         "starts": "08:00:00", "ends": "10:00:00", "amount": 0},
    ]  # fmt: skip
    assert {row["amount"] for row in rows if row["scope"] == "staff:hall"} == {3}


ROTA = """
[rota]
leader = true
covered = ["justice"]
public = "names"

[[shift]]
id = "morning"
name = { vi = "Sáng", en = "Morning" }
from = "07:30"
to = "11:30"

[[group]]
id = "a"
name = { vi = "Tổ A", en = "Group A" }

[[attendance]]
id = "half"
place = "home"
maximum = 50
unit = "percent"
valid_from = 2026-04-01
"""


def test_the_rules_of_a_rota_are_read_and_written_again_the_same() -> None:
    document = read(SMALL + ROTA)
    assert document["rota"] == {"leader": True, "covered": ["justice"], "public": "names"}
    assert document["shifts"][0]["starts"] == "07:30:00"
    assert document["attendance"][0]["maximum"] == 50
    again = offices.read_text(offices.write(4001, document, TODAY), "again", TODAY).document
    assert offices.changes(document, again, TODAY) == []
    since, until = "2026-04-01", "valid_to infinity"
    assert offices.changes(read(SMALL), document, TODAY) == [
        "~ rota leader: False → True",
        "~ rota covered: – → [justice]",
        "~ rota public: no → names",
        "+ shift morning: name_vi Sáng; name_en Morning; starts 07:30; ends 11:30",
        "+ group a: name_vi Tổ A; name_en Group A",
        f"+ attendance half: place home; maximum 50; unit percent; valid_from {since}; {until}",
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('covered = ["justice"]', 'covered = ["fishing"]', "there is no queue fishing"),
        ('to = "11:30"', 'to = "07:00"', "07:30-07:00 ends too early"),
        ("maximum = 50\n", "maximum = 150\n", "150 percent is more than 100"),
        ("maximum = 50\n", "maximum = 50\nminimum = 60\n", "maximum is less than minimum"),
        ("maximum = 50\n", "", "minimum or maximum is missing"),
        ('place = "home"', 'place = "moon"', "attendance[1].place: moon is not one of the choices"),
    ],
)
def test_a_mistake_in_a_rota_is_named_with_its_line(right: str, wrong: str, said: str) -> None:
    text = SMALL + ROTA.replace(right, wrong)
    with pytest.raises(offices.FileError) as caught:
        read(text)
    [problem] = caught.value.problems
    assert problem.en == said
    place = wrong.splitlines()[0] if wrong else "[[attendance]]"
    assert text.splitlines()[problem.line - 1] == place


def test_a_mistake_in_a_planned_date_is_named_with_its_line() -> None:
    wrong = SMALL + (
        "[[planned]]\n"
        "day = 2026-04-01\n"
        "area.roof = 3\n"
        'queue.justice = [{ from = "10:00", to = "08:00", counters = 1 }]\n'
        "[[planned]]\n"
        "day = 2026-04-01\n"
    )
    first = SMALL.count("\n") + 1
    with pytest.raises(offices.FileError) as caught:
        read(wrong)
    assert [(one.line - first, one.en) for one in caught.value.problems] == [
        (2, "there is no area roof"),
        (3, "10:00-08:00 ends too early"),
        (5, "2026-04-01 stands twice"),
    ]


@pytest.mark.parametrize("name", [*offices.MODELS, "clinic"])
def test_a_model_office_can_be_read(name: str) -> None:
    assert offices.read(offices.model(name), TODAY).slug == name


def test_the_model_offices_have_what_visitors_ask_for() -> None:
    center = offices.read(offices.model("da-nang-center"), TODAY).document
    records = [row for row in center["services"] if "STP" in row["aliases"]]
    assert any("Phiếu lý lịch tư pháp số 1" in row["name_vi"] for row in records)
    caps = {row["cap_id"]: row for row in center["caps"]}
    assert (caps["reception"]["maximum"], caps["reception"]["valid_to"]) == (20, "infinity")
    assert caps["reception-2020"]["valid_to"] == "2020-04-10"
    assert any(row["collects"] for row in center["services"])
    bank = offices.read(offices.model("da-nang-bank"), TODAY).document
    teller = next(row for row in bank["caps"] if row["cap_id"] == "teller-hour")
    assert (teller["maximum"], teller["hour_rule"]) == (10, "any-60-minutes")


@pytest.mark.parametrize("name", [*offices.MODELS, "clinic"])
def test_every_office_has_a_guidance_desk(name: str) -> None:
    document = offices.read(offices.model(name), TODAY).document
    (guidance,) = [row["queue_id"] for row in document["queues"] if row["guidance"]]
    assert any(row["queue_id"] == guidance for row in document["services"])


def change(alter: Callable[[str], str]) -> list[str]:
    return offices.changes(read(SMALL), read(alter(SMALL)), TODAY)


def test_what_changes_is_said_field_by_field() -> None:
    assert change(lambda text: text) == []
    assert change(lambda text: text.replace("maximum = 20", "maximum = 15")) == [
        "~ cap hall maximum: 20 → 15"
    ]
    assert change(lambda text: text.replace("Nhỏ", "Bé")) == ["~ office name_vi: Nhỏ → Bé"]


def test_new_and_removed_rows_are_marked() -> None:
    more = '[[closed]]\nday = 2026-05-04\nname = { vi = "Sửa", en = "Works" }\n'
    assert change(lambda text: text + more) == ["+ closed 2026-05-04: name_vi Sửa; name_en Works"]
    without = SMALL[: SMALL.index("[[cap]]")]
    (line,) = offices.changes(read(SMALL), read(without), TODAY)
    assert line.startswith("- cap hall: kind present")


def test_days_gone_by_are_no_change() -> None:
    gone = SMALL + '[[closed]]\nday = 2026-03-30\nname = { vi = "Sửa", en = "Works" }\n'
    assert offices.changes(read(gone), read(SMALL), TODAY) == []


def test_two_files_of_one_number_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(SMALL, "utf-8")
    with pytest.raises(ExceptionGroup):
        offices.read_all([tmp_path / "one.toml", tmp_path / "two.toml"], NOW)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[office", b""])
def test_a_file_of_rubbish_is_an_error_with_a_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rubbish.toml"
    path.write_bytes(content)
    with pytest.raises(offices.FileError, match=r"rubbish"):
        offices.read(path, TODAY)


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(offices.FileError):
        offices.read(Path("nowhere.toml"), TODAY)


@pytest.mark.anyio
async def test_the_model_offices_are_imported_as_they_are_written(pool: Pool) -> None:
    await offices.import_models(pool, NOW)
    for path in offices.models():
        office = offices.read(path, TODAY)
        assert await reads.office_file(pool, office.number) is not None
        assert (await offices.compare(pool, office, NOW)).changes == []


def small(slug: str, number: int) -> str:
    """The file of an office like it: each test that imports one has its own."""
    return SMALL.replace('"small"', f'"{slug}"').replace("number = 77", f"number = {number}")


@pytest.fixture
def command(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., int]:
    """The command line on the tests' database."""
    monkeypatch.setenv("DATABASE_URL", database.app_url)
    monkeypatch.chdir(tmp_path)
    return lambda *words: main(list(words))


def test_the_command_says_what_changes_and_imports_it(
    command: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, "utf-8")
    assert command("office", "import", "--yes", str(path)) == 0
    assert "+ office small" in capsys.readouterr().out
    path.write_text(SMALL.replace("maximum = 20", "maximum = 15"), "utf-8")
    assert command("office", "import", "--yes", str(path)) == 0
    assert "~ cap hall maximum: 20 → 15" in capsys.readouterr().out
    filed = tmp_path / "filed.csv"
    filed.write_text("day,service,way,count\n2026-03-30,copy,online,7\n", "utf-8")
    assert command("office", "filed", "small", str(filed)) == 0
    assert "Days taken in: 1, changed: 1." in capsys.readouterr().out
    filed.write_text("day,service,way,count\n2026-03-30,copy,fax,7\n", "utf-8")
    assert command("office", "filed", "small", str(filed)) == 1
    assert "filed.csv:2: " in capsys.readouterr().err
    assert command("office", "filed", "small", str(tmp_path / "none.csv")) == 1
    assert command("office", "list") == 0
    assert command("office", "show", "small") == 0
    shown = capsys.readouterr().out
    assert "0077  small" in shown
    assert "queue:justice: mon 07:30-17:00 2" in shown


def test_the_command_imports_nothing_of_a_wrong_file(
    command: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right, wrong = tmp_path / "right.toml", tmp_path / "wrong.toml"
    right.write_text(small("right", 78), "utf-8")
    wrong.write_text(SMALL.replace("minutes = 5", "minutes = 0"), "utf-8")
    assert command("office", "import", "--yes", str(right), str(wrong)) == 1
    assert f"{wrong}:{line_of(SMALL, 'minutes = 5')}: " in capsys.readouterr().err
    assert command("office", "show", "right") == 1


def test_a_folder_of_offices_is_imported_at_once_with_its_whole_difference(
    command: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "offices"
    folder.mkdir()
    assert command("office", "import", "--yes", str(folder)) == 1
    assert "there is no .toml file in it" in capsys.readouterr().err
    for n, slug in enumerate(("east", "west")):
        (folder / f"{slug}.toml").write_text(small(slug, 79 + n), "utf-8")
    # words that offices share lie beside them and are no office
    (folder / "words.toml").write_text(
        '[texts.confirmation]\nvi = "Ma {code}"\nen = "Code {code}"\n', "utf-8"
    )
    assert command("office", "import", "--yes", str(folder)) == 0
    assert "2 of 2 change." in capsys.readouterr().out
    west = folder / "west.toml"
    west.write_text(west.read_text("utf-8").replace("maximum = 20", "maximum = 15"), "utf-8")
    assert command("office", "import", "--yes", str(folder)) == 0
    told = capsys.readouterr().out
    assert "~ cap hall maximum: 20 → 15" in told
    assert "1 of 2 change." in told
    west.write_text(west.read_text("utf-8").replace("minutes = 5", "minutes = 0"), "utf-8")
    east = folder / "east.toml"
    east.write_text(east.read_text("utf-8").replace("maximum = 20", "maximum = 9"), "utf-8")
    assert command("office", "import", "--yes", str(folder)) == 1  # one wrong: none is imported
    assert f"{west}:" in capsys.readouterr().err
    assert command("office", "export", "east") == 0
    assert "maximum = 20" in capsys.readouterr().out


def test_an_authority_and_its_catalogue_come_from_the_command_line(
    command: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "below.toml"
    path.write_text(small("below", 81), "utf-8")
    assert command("office", "import", "--yes", str(path)) == 0
    assert command("authority", "add", "Đà Nẵng", "--name-vi", "Đà Nẵng") == 1
    assert "only a-z" in capsys.readouterr().err
    assert command("authority", "add", "da-nang", "--name-vi", "Đà Nẵng") == 0
    assert command("authority", "place", "da-nang", "--office", "nowhere") == 1
    assert command("authority", "place", "da-nang", "--office", "below") == 0
    table = tmp_path / "danh-muc.csv"
    table.write_text("Mã thủ tục;Tên thủ tục\n1.001193;Khai sinh\nx;Sai\n", "utf-8")
    assert command("authority", "catalogue", "da-nang", "--yes", str(table)) == 1
    assert f"{table}:3: " in capsys.readouterr().err
    table.write_text("Mã thủ tục;Tên thủ tục\n1.001193;Khai sinh\n", "utf-8")
    assert command("authority", "catalogue", "da-nang", "--yes", str(table)) == 0
    assert "+ 1.001193 Khai sinh" in capsys.readouterr().out
    assert command("authority", "list") == 0
    assert "da-nang" in capsys.readouterr().out
    assert command("account", "add", "so.noi.vu", "--role", "authority") == 2
    login = ("account", "add", "so.noi.vu", "--role", "authority", "--authority")
    assert command(*login, "nowhere") == 1
    assert command(*login, "da-nang") == 0
    assert "/new-password/" in capsys.readouterr().out
    assert command("authority", "release", "--office", "below") == 0


def test_the_token_command_prints_the_token_alone(
    command: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "calls.toml"
    path.write_text(small("calls", 82), "utf-8")
    assert command("office", "import", "--yes", str(path)) == 0
    capsys.readouterr()
    assert command("token", "--office", "calls", "--role", "clerk") == 0
    printed = capsys.readouterr().out
    assert len(printed.split()) == 1
    assert command("token", "--office", "nowhere", "--role", "clerk") == 1
    assert command("token", "--role", "clerk") == 2
    assert capsys.readouterr().out == ""


def test_while_only_urgent_matters_are_handled_the_others_wait() -> None:
    measure = "\n[[urgent_only]]\nvalid_from = 2026-04-01\nvalid_to = 2026-04-15\n"
    text = offices.model("ward").read_text("utf-8")
    document = offices.read_text(text + measure, "ward.toml", TODAY).document
    later = {row["service_id"]: row for row in document["channels"] if row["channel"] == "later"}
    assert later
    assert all(row["valid_to"] == "2026-04-15" for row in later.values())
    guidance = {row["queue_id"] for row in document["queues"] if row["guidance"]}
    for row in document["services"]:
        free = row["urgent"] or row["collects"] or row["queue_id"] in guidance
        assert (row["service_id"] in later) == (not free), row["service_id"]
    twice = text + measure + measure.replace("04-01", "04-10")
    with pytest.raises(offices.FileError, match="two measures overlap"):
        offices.read_text(twice, "ward.toml", TODAY)


def test_a_change_is_told_in_words_with_hours_days_and_shared_counters_by_their_queues() -> None:
    before, after = read(SMALL), read(SMALL)
    after["queues"][0]["pool_id"] = "desks"
    plan = {"day": "2026-04-01", "scope": "pool:desks", "starts": "07:30:00", "ends": "11:30:00"}
    after["day_plans"] = [{**plan, "amount": 2}]
    before["day_plans"] = []
    names = after["services"][0]["aliases"] = ["one", "two"]
    before["services"][0]["aliases"] = names[::-1]  # another order is nothing that anybody sees
    assert "+ Planned for one date: counters of Justice, 1 April 2026 07:30–11:30: 2" in (
        offices.said("en", before, after, TODAY)
    )
    told = offices.said("vi", before, after, TODAY)
    assert "+ Dự kiến riêng một ngày: số quầy Tư pháp, 01/04/2026 07:30–11:30: 2" in told
    assert not any("one" in line for line in told)
