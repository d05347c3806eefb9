"""`[messages]` of an office file: read, refused with its line, kept, and heard in what is sent."""

from datetime import date
from pathlib import Path

import pytest

from queue_service import commands, db, offices, reads
from queue_service.fitting import fits
from queue_service.offices import reader
from queue_service.offices.changes import changes
from queue_service.outgoing import kinds
from tests.offices import LONG_AGO, make_office
from tests.test_sender import PHONE, Mail, Post, lobby_of

TODAY = date(2026, 3, 30)
WARD, BANK = (offices.model(name).read_text("utf-8") for name in ("ward", "da-nang-bank"))


def read(more: str) -> reader.Document:
    return reader.read_text(f"{WARD}\n{more}", "ward.toml", TODAY).document


def wrong(more: str) -> str:
    with pytest.raises(reader.FileError) as refused:
        read(more)
    return str(refused.value)


def test_without_a_word_everything_is_sent_in_the_usual_words() -> None:
    document = read("")
    assert document["messages"]["send"] == list(kinds.CONFIGURABLE)
    assert document["messages"]["quiet_from"] == "21:00:00"
    assert document["messages"]["links"] is True
    assert document["message_texts"] == []


def test_an_office_says_what_it_sends_by_whom_and_in_which_words() -> None:
    document = read(
        '[messages]\nsend = ["called", "confirmation"]\ncarriers = ["twilio"]\nquiet = ""\n'
        '[messages.texts.called]\nvi = "Mời {number}[ ({where})]"\nen = "Please, {number}"\n'
    )
    assert document["messages"]["send"] == ["confirmation", "called"]
    assert document["messages"]["quiet_from"] == document["messages"]["quiet_to"]
    assert [row["language"] for row in document["message_texts"]] == ["en", "vi"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[messages]\nsend = ["greeting"]', "no message greeting"),
        ('[messages]\nquiet = "9pm"', "21:00-07:00"),
        ('[messages]\ncarriers = ["pigeon"]', "pigeon"),
        ('[messages.texts.called]\nvi = "{numbr}"\nen = "x"', "{numbr}"),
        ('[messages.texts.called]\nvi = "{number"\nen = "x"', "brace"),
        ('[messages.texts.called]\nvi = "{number!r}"\nen = "x"', "cannot read"),
        ('[messages.texts.called]\nvi = "{number.__class__}"\nen = "x"', "cannot read"),
        (f'[messages.texts.called]\nvi = "{"ạ" * 305} {{counter}}"\nen = "x"', "two segments"),
        ('[messages.texts.answer]\nvi = "x"\nen = "x"', "no message answer"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_line(more: str, said: str) -> None:
    refusal = wrong(more)
    assert said in refusal
    assert refusal.count("ward.toml:") == 1


def test_a_name_that_leaves_no_room_is_refused_before_anybody_gets_half_a_message() -> None:
    long = WARD.replace('name.vi = "', f'name.vi = "{"Trung tâm " * 35}', 1)
    with pytest.raises(reader.FileError, match="two segments"):
        reader.read_text(long, "ward.toml", TODAY)


def test_every_usual_text_has_the_gaps_its_kind_may_have() -> None:
    for kind in kinds.KINDS:
        for language in ("vi", "en"):
            kinds.check(kind, kinds.default(kind, language), kinds_office(), language)


@pytest.mark.parametrize(
    ("link", "phone", "where"),
    [
        ("https://x.vn/t/abc", "1022", "xem đường dẫn"),
        ("", "1022", "hỏi 1022"),
        ("", "", "hỏi cơ quan"),
    ],
)
def test_papers_that_do_not_fit_are_counted_and_said_where_to_ask(
    link: str, phone: str, where: str
) -> None:
    papers = [f"Giấy tờ chứng minh thứ {n} của người làm thủ tục" for n in range(1, 9)]
    values = dict.fromkeys((*kinds.LONGEST, *kinds.OF_THE_OFFICE, "papers"), "")
    values |= {"office": "Trung tâm Hành chính", "place": "Trung tâm Hành chính, 24 Trần Phú"}
    values |= {"link": link, "phone": phone, "code": "0001 123 456"}
    said = kinds.write(kinds.default("confirmation", "vi"), values, papers)
    listed = said.partition("Mang theo: ")[2].split("; ")
    assert 0 < len(listed) - 1 < len(papers)
    assert listed[:-1] == papers[: len(listed) - 1]
    assert listed[-1].startswith(f"và {len(papers) - len(listed) + 1} giấy tờ khác")
    assert where in listed[-1]
    assert fits(said)
    assert "24 Trần Phú" not in said  # papers before the address
    assert "24 Trần Phú" in kinds.write(kinds.default("confirmation", "vi"), values, papers[:2])


def test_a_text_says_nothing_of_a_telephone_that_the_office_has_not() -> None:
    values = dict.fromkeys((*kinds.LONGEST, *kinds.OF_THE_OFFICE, "papers"), "")
    assert kinds.write(kinds.default("no_new_time", "vi"), values).endswith("HUY để hủy.")


def kinds_office() -> dict[str, str]:
    return dict.fromkeys(kinds.OF_THE_OFFICE, "x" * 20)


@pytest.mark.anyio
async def test_the_offices_words_are_sent_and_the_file_comes_back_as_it_was(
    pool: db.Pool,
) -> None:
    lobby, post = await lobby_of(pool), Post()
    office = lobby.office
    own = {"vi": "Mã của ông/bà: {code}", "en": "Your code: {code}"}
    office.file["messages"] = read("")["messages"] | {"near": 0}
    office.file["message_texts"] = [
        {"kind": "confirmation", "language": language, "text": text}
        for language, text in own.items()
    ]
    await commands.import_office(pool, office.office_id, LONG_AGO, "test", office.file)
    kept = await reads.office_file(pool, office.office_id)
    assert kept is not None
    assert kept["messages"] == office.file["messages"]
    assert kept["message_texts"] == office.file["message_texts"][::-1]
    assert changes(kept, kept | {"messages": kept["messages"] | {"near": 5}}, TODAY) == [
        "~ messages near: 0 → 5"
    ]
    booked = await lobby.book("09:00", phone=PHONE)
    await Mail(lobby, post).go("07:01")
    code = booked["code"]
    assert post.took[0].text == f"Mã của ông/bà: {code[:4]} {code[4:7]} {code[7:]}"


@pytest.mark.anyio
@pytest.mark.parametrize("links", [True, False])
async def test_who_booked_on_the_web_gets_the_link_unless_the_office_sends_none(
    pool: db.Pool, links: bool
) -> None:
    lobby, post = await lobby_of(pool), Post()
    office = lobby.office
    office.file["messages"] = read("")["messages"] | {"links": links}
    await commands.import_office(pool, office.office_id, LONG_AGO, "test", office.file)
    await lobby.book("09:00", phone=PHONE)
    await Mail(lobby, post, public_url="https://hen.example").go("07:01")
    assert ("https://hen.example/t/" in post.took[0].text) is links


def test_a_bank_sends_no_links_unless_it_says_so() -> None:
    for more, links in (("", False), ("[messages]\nlinks = true", True)):
        bank = reader.read_text(f"{BANK}\n{more}", "bank.toml", TODAY).document
        assert bank["messages"]["links"] is links


@pytest.mark.anyio
async def test_what_an_office_does_not_send_is_not_left_to_be_sent(
    pool: db.Pool, owner: db.Connection
) -> None:
    office = await make_office(pool)
    office.file["messages"] = read("")["messages"] | {"send": ["called"]}
    await commands.import_office(pool, office.office_id, LONG_AGO, "test", office.file)
    lobby, post = await lobby_of(pool), Post()
    lobby.office = office
    visit = await lobby.book("09:00", phone=PHONE)
    await lobby.do("cancel", "07:02", visit, "", actor="web")
    assert await Mail(lobby, post).go("07:03") == [("confirmation", "not_sent_here")]
    assert post.took == []


SHARED = """
[texts.called]
vi = "UBND thành phố: mời số {number} đến {counter}."
en = "City: number {number}, please come to {counter}."

[texts.missed]
vi = "Rất tiếc, ông/bà đã lỡ lịch hẹn tại {office}."
en = "We are sorry, you missed the appointment at {office}."
"""


def test_offices_share_words_of_what_is_above_them_and_override_them(tmp_path: Path) -> None:
    own = '\n[messages.texts.missed]\nvi = "Đã lỡ hẹn."\nen = "Missed."\n'
    (tmp_path / "city.toml").write_text(SHARED, "utf-8")
    for name, more in (("one", ""), ("two", own)):
        text = WARD + '\n[messages]\ntexts_from = "city.toml"\n' + more
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    words = {
        name: {
            (row["kind"], row["language"]): row["text"]
            for row in offices.read(tmp_path / f"{name}.toml", TODAY).document["message_texts"]
        }
        for name in ("one", "two")
    }
    assert len(words["one"]) == len(words["two"]) == 4
    assert words["one"]["called", "vi"] == words["two"]["called", "vi"]
    assert words["one"]["missed", "vi"].startswith("Rất tiếc")
    assert words["two"]["missed", "vi"] == "Đã lỡ hẹn."


@pytest.mark.parametrize(
    ("shared", "named", "said"),
    [
        (None, "city.toml", "city.toml:1: không đọc được"),
        (SHARED, "../city.toml", "the name of a file beside this one"),
        (SHARED.replace("called", "sung"), "city.toml", "no message sung"),
        (SHARED.replace("{number}", "{price}"), "city.toml", "city.toml: message called"),
        (SHARED.replace("Rất tiếc", "Rất tiếc " * 40), "city.toml", "city.toml: message missed"),
        ("[texts.called]\nvi = 1\n", "city.toml", "city.toml:1: texts"),
    ],
)
def test_shared_words_that_do_not_fit_an_office_are_told_with_their_file(
    tmp_path: Path, shared: str | None, named: str, said: str
) -> None:
    if shared is not None:
        (tmp_path / "city.toml").write_text(shared, "utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(WARD + f'\n[messages]\ntexts_from = "{named}"\n', "utf-8")
    with pytest.raises(offices.FileError) as found:
        offices.read(mine, TODAY)
    assert said in str(found.value)


def test_a_carrier_nobody_knows_is_told() -> None:
    said = wrong('[messages]\ncarriers = ["pigeon"]\n')
    assert "there are gateway, twilio, twilio-voice" in said
