"""Codes, links, signed payloads and QR images, as people and scanners hand them back."""

import dataclasses
import io
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from queue_service.tickets import (
    BadTicket,
    Code,
    Link,
    Payload,
    TicketKeys,
    Unreadable,
    check_code,
    group_code,
    make_code,
    make_token,
    new_digits,
    office_of,
    parse_token,
    qr_png,
    qr_svg,
    qr_version,
    read_scan,
    sign,
    ticket_link,
    verify,
)

KEYS = TicketKeys("a secret for tests")
PUBLIC_URL = "https://hen.danang.gov.vn"
START = datetime(2020, 3, 31, 1, 30, tzinfo=UTC)
LINH = Payload(
    office_id=1,
    visit_id=UUID("6f1c1c1e-53f5-4d0c-8f1e-9a4b6f0c2d11"),
    revision=2,
    services=(("cap-phieu-ly-lich-tu-phap", 1),),
    starts_at=START,
    ends_at=START + timedelta(minutes=15),
    party_size=3,
    code=make_code(1, 12_345),
)

codes = st.builds(make_code, st.integers(1, 9999), st.integers(0, 99_999))
words = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,30}", fullmatch=True)
payloads = st.builds(
    Payload,
    office_id=st.integers(1, 9999),
    visit_id=st.uuids(),
    revision=st.integers(1, 65_535),
    services=st.lists(st.tuples(words, st.integers(1, 100)), max_size=4).map(tuple),
    starts_at=st.integers(0, 2**31).map(lambda m: datetime.fromtimestamp(m // 60 * 60, UTC)),
    ends_at=st.none(),
    party_size=st.integers(1, 255),
    priority=st.one_of(st.just(""), words),
    needs=st.lists(words, max_size=3).map(tuple),
).flatmap(
    lambda p: st.tuples(st.integers(0, 600), st.sampled_from((None, 0, 7, 99_999))).map(
        lambda drawn: Payload(
            p.office_id,
            p.visit_id,
            p.revision,
            p.services,
            p.starts_at,
            p.starts_at + timedelta(minutes=drawn[0]),
            p.party_size,
            p.priority,
            p.needs,
            "" if drawn[1] is None else make_code(p.office_id, drawn[1]),
        )
    )
)


def a_link(payload: Payload = LINH) -> str:
    return ticket_link(
        PUBLIC_URL, make_token(payload.office_id, bytes(range(16))), sign(payload, KEYS)
    )


# --- codes ---


@given(st.integers(1, 9999), st.integers(0, 99_999))
def test_a_code_says_its_office_and_is_ten_digits(office: int, random5: int) -> None:
    code = make_code(office, random5)
    assert re.fullmatch(r"\d{10}", code)
    assert office_of(code) == office
    assert check_code(code) == code


@given(codes, st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_in_a_code_is_noticed(code: str, place: int, off: int) -> None:
    wrong = str((int(code[place]) + off) % 10)
    assert check_code(code[:place] + wrong + code[place + 1 :]) is None


@given(codes, st.integers(0, 8))
def test_two_neighbours_swapped_in_a_code_are_noticed(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert swapped == code or check_code(swapped) is None


@pytest.mark.parametrize(
    "spelling", ["{0} {1} {2}", "{0}.{1}.{2}", " {0}-{1}–{2}\n", "{0}\u00a0{1}\u200b{2}"]
)
def test_a_code_is_understood_however_it_is_grouped(spelling: str) -> None:
    code = make_code(17, 4711)
    assert check_code(spelling.format(code[:4], code[4:7], code[7:])) == code


def test_full_width_digits_are_digits() -> None:
    code = make_code(17, 4711)
    assert check_code("".join(chr(ord(d) + 0xFEE0) for d in code)) == code


def test_a_code_is_read_in_groups() -> None:
    assert group_code("0001234567") == "0001 234 567"


def test_hub_and_box_never_give_the_same_code() -> None:
    assert {make_code(3, new_digits())[4] for _ in range(300)} <= set("012345678")
    assert {make_code(3, new_digits(box=True))[4] for _ in range(30)} == {"9"}


@pytest.mark.parametrize("office", [0, 10_000])
def test_there_is_no_code_for_an_office_that_cannot_be(office: int) -> None:
    with pytest.raises(ValueError, match="no code"):
        make_code(office, 1)
    assert check_code("0000000000") is None


@given(st.text())
def test_whatever_is_typed_as_a_code_is_a_code_or_not(text: str) -> None:
    code = check_code(text)
    assert code is None or make_code(office_of(code), int(code[4:9])) == code


# --- tokens ---


@given(st.integers(1, 65_535), st.binary(min_size=16, max_size=16))
def test_a_token_carries_its_office_and_secret(office: int, secret: bytes) -> None:
    token = make_token(office, secret)
    assert len(token) == 24
    assert parse_token(token) == (office, secret)


def test_two_tokens_are_never_alike() -> None:
    assert len({make_token(1) for _ in range(1000)}) == 1000


@given(st.text())
def test_any_text_is_a_token_or_not(text: str) -> None:
    parsed = parse_token(text)
    assert parsed is None or make_token(*parsed) == text


# --- signed payloads ---


@given(payloads)
def test_what_was_signed_is_what_is_read(payload: Payload) -> None:
    assert verify(sign(payload, KEYS), KEYS.public_key) == payload


def test_the_window_is_widened_to_whole_minutes() -> None:
    ragged = Payload(
        1, LINH.visit_id, 1, (), START + timedelta(seconds=20), START + timedelta(seconds=70), 1
    )
    read = verify(sign(ragged, KEYS), KEYS.public_key)
    assert (read.starts_at, read.ends_at) == (START, START + timedelta(minutes=2))


@given(payloads, st.data())
def test_any_flipped_bit_is_refused(payload: Payload, data: st.DataObject) -> None:
    fragment = bytearray(sign(payload, KEYS).encode())
    place = data.draw(st.integers(0, len(fragment) - 1))
    fragment[place] ^= 1 << data.draw(st.integers(0, 6))
    with pytest.raises(BadTicket) as refusal:
        verify(fragment.decode(), KEYS.public_key)
    assert refusal.value.reason in {"altered", "unknown_key", "malformed"}


@given(payloads, st.data())
def test_any_other_letter_is_refused(payload: Payload, data: st.DataObject) -> None:
    fragment = sign(payload, KEYS)
    place = data.draw(st.integers(0, len(fragment) - 1))
    other = data.draw(st.sampled_from("Aa0-_~*,.").filter(lambda c: c != fragment[place]))
    with pytest.raises(BadTicket):
        verify(fragment[:place] + other + fragment[place + 1 :], KEYS.public_key)


@given(st.text())
def test_any_text_as_a_fragment_is_only_a_bad_ticket(text: str) -> None:
    with pytest.raises(BadTicket):
        verify(text, KEYS.public_key)


def test_more_people_than_were_signed_is_an_altered_ticket() -> None:
    head, dot, signature = sign(LINH, KEYS).partition(".")
    more = sign(Payload(1, LINH.visit_id, 2, LINH.services, START, LINH.ends_at, 9), KEYS)
    with pytest.raises(BadTicket, match="altered"):
        verify(more.partition(".")[0] + dot + signature, KEYS.public_key)
    assert head != more.partition(".")[0]


def test_a_ticket_of_another_secret_is_altered() -> None:
    with pytest.raises(BadTicket, match="altered"):
        verify(sign(LINH, TicketKeys("somebody else's")), KEYS.public_key)


def test_a_key_not_yet_made_is_unknown() -> None:
    with pytest.raises(BadTicket, match="unknown_key"):
        verify(sign(LINH, TicketKeys("a secret for tests", current=2)), KEYS.public_key)


def test_a_door_without_the_key_of_that_office_says_so() -> None:
    with pytest.raises(BadTicket, match="unknown_key"):
        verify(sign(LINH, KEYS), lambda office, key: None)


def test_an_old_key_verifies_after_the_next_one_signs() -> None:
    rotated = TicketKeys("a secret for tests", current=2)
    assert verify(sign(LINH, KEYS), rotated.public_key) == LINH
    assert verify(sign(LINH, rotated), rotated.public_key) == LINH
    assert set(rotated.public_keys(1)) == {1, 2}


def test_every_office_and_key_has_its_own_public_key() -> None:
    rotated = TicketKeys("a secret for tests", current=3)
    keys = {rotated.public_key(office, key) for office in (1, 2, 300) for key in (1, 2, 3)}
    assert len(keys) == 9


def test_a_ticket_from_before_tickets_bore_their_code_is_still_read() -> None:
    before = dataclasses.replace(LINH, code="")
    fragment = sign(before, KEYS)
    assert len(fragment) == len(sign(LINH, KEYS)) - 4
    assert verify(fragment, KEYS.public_key) == before


def test_what_a_ticket_cannot_say_is_not_signed() -> None:
    with pytest.raises(ValueError, match="cannot say"):
        sign(Payload(1, LINH.visit_id, 1, (), START, START - timedelta(hours=1), 1), KEYS)
    with pytest.raises(ValueError, match="word"):
        sign(Payload(1, LINH.visit_id, 1, (("Tư pháp", 1),), START, START, 1), KEYS)


# --- what a scanner typed ---


def test_the_link_is_read_with_its_payload() -> None:
    scan = read_scan(a_link())
    assert isinstance(scan, Link)
    assert parse_token(scan.token) == (1, bytes(range(16)))
    assert scan.fragment is not None
    assert verify(scan.fragment, KEYS.public_key) == LINH


@pytest.mark.parametrize(
    "typed",
    ["{}\r", "]Q1{}", "{};", "{}!", "  {}\n\n", "\ufeff{}", "{}\x1d", "{}\u0000"],
    ids=["enter", "symbology", "semicolon", "mark", "spaces", "bom", "separator", "nul"],
)
def test_what_a_scanner_adds_is_left_out(typed: str) -> None:
    assert read_scan(typed.format(a_link())) == read_scan(a_link())


def test_caps_lock_is_turned_back() -> None:
    assert read_scan(a_link().swapcase()) == read_scan(a_link())


def test_a_scanner_that_types_capitals_only_is_named() -> None:
    assert read_scan(a_link().upper()) == Unreadable("case")
    assert read_scan(a_link().lower()) == Unreadable("case")


@pytest.mark.parametrize(("keys", "made"), [("aa", "â"), ("dd", "đ"), ("w", "ư"), ("a1", "á")])
def test_a_vietnamese_keyboard_layout_is_named(keys: str, made: str) -> None:
    spoilt = f"https://hen.danang.gov.vn/t/AAE{keys}CAwQFBgcICQoLDA0ODw".replace(keys, made)
    assert read_scan(spoilt) == Unreadable("keyboard")


def test_an_address_that_was_percent_encoded_is_read() -> None:
    encoded = a_link().replace("#", "%23").replace("~", "%7E")
    assert read_scan(encoded) == read_scan(a_link())


def test_the_link_alone_is_enough() -> None:
    token = make_token(7, bytes(16))
    bare = Link(token)
    assert read_scan(ticket_link(PUBLIC_URL, token)) == bare
    assert read_scan(ticket_link(PUBLIC_URL, token) + "?lang=en") == bare
    assert read_scan(ticket_link(PUBLIC_URL, token) + "#main") == bare
    assert read_scan(token) == bare


def test_a_shortened_payload_is_malformed_and_not_forgotten() -> None:
    scan = read_scan(a_link()[:-5])
    assert isinstance(scan, Link)
    assert scan.fragment is not None
    with pytest.raises(BadTicket, match="malformed"):
        verify(scan.fragment, KEYS.public_key)


@pytest.mark.parametrize("typed", ["{}", "{}\r\n", "]C1{}", "{};", "{}#"])
def test_a_code_alone_may_be_scanned(typed: str) -> None:
    code = make_code(1, 23_456)
    assert read_scan(typed.format(code)) == Code(code)


def test_a_citizen_card_is_named_and_nothing_of_it_kept() -> None:
    card = "048123456789|201234567|Nguyễn Thị Linh|01021990|Nữ|Thọ Quang, Sơn Trà|10052021"
    assert read_scan(card) == Unreadable("citizen_card")


def test_nothing_and_nonsense_are_told_apart() -> None:
    assert read_scan(" \r\n") == Unreadable("empty")
    assert read_scan("8935049510612") == Unreadable("unknown")
    assert read_scan("https://example.org/menu") == Unreadable("foreign")


def test_half_a_code_and_two_at_once_are_told_apart() -> None:
    code = make_code(1, 23_456)
    assert read_scan(code[:7]) == Unreadable("part")
    assert read_scan(code + "\r\n" + code) == Unreadable("two")
    link = ticket_link("https://q.example", make_token(1))
    assert read_scan(link + link) == Unreadable("two")
    for end in (5, 10, len(link) - 26, len(link) - 25, len(link) - 24, len(link) - 1):
        assert read_scan(link[:end]) == Unreadable("cut"), link[:end]
    signed = f"{link}#{'A' * 38}."
    assert read_scan(signed) == Link(link[-24:], signed.partition("#")[2])


@given(st.text())
def test_no_scan_ever_breaks_the_door(text: str) -> None:
    assert isinstance(read_scan(text), Code | Link | Unreadable)
    assert isinstance(read_scan(f"{PUBLIC_URL}/t/{text}"), Code | Link | Unreadable)


# --- the image ---


def read_back(image: Image.Image) -> str:
    found = zxingcpp.read_barcode(image)
    assert found is not None
    return found.text


def test_the_qr_of_an_ordinary_ticket_stays_coarse() -> None:
    assert qr_version(a_link()) <= 10


def test_the_qr_of_two_long_services_with_priority_stays_readable() -> None:
    long = ("dang-ky-bien-phap-bao-dam-quyen-su-dung-dat", 3)
    payload = Payload(
        1, LINH.visit_id, 2, (*LINH.services, long), START, START, 3, "elderly", ("text", "guide")
    )
    assert qr_version(a_link(payload)) <= 13
    image = Image.open(io.BytesIO(qr_png(a_link(payload), 4))).convert("L")
    assert read_back(image) == a_link(payload)


def test_a_phone_shows_a_qr_that_reads() -> None:
    image = Image.open(io.BytesIO(qr_png(a_link(), 4))).convert("L")
    image.thumbnail((240, 240), Image.Resampling.BILINEAR)
    assert read_back(image) == a_link()


def test_a_slip_of_58_mm_carries_a_qr_that_reads() -> None:
    image = Image.open(io.BytesIO(qr_png(a_link(), 4))).convert("L")
    assert image.width <= 300
    paper = Image.new("L", (384, 384), 255)
    paper.paste(image, (40, 40))
    smeared = paper.filter(ImageFilter.GaussianBlur(1)).rotate(4, fillcolor=255)
    assert read_back(smeared) == a_link()


def test_the_svg_draws_the_same_code() -> None:
    svg = qr_svg(a_link())
    size = int(svg.split('viewBox="0 0 ')[1].split()[0])
    image = Image.new("L", (size * 4, size * 4), 255)
    draw = ImageDraw.Draw(image)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-", svg):
        left, top = int(x) * 4, int(y) * 4
        draw.rectangle((left, top, left + int(length) * 4 - 1, top + 3), fill=0)
    assert read_back(image) == a_link()
