"""Somebody texts: it is booked, asked back, cancelled, or said why not."""

import asyncio
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from queue_service import commands, offices, reads
from queue_service.fitting import fit, segments
from queue_service.offices import reader

if TYPE_CHECKING:
    from tests.texts.conftest import City, Phone

pytestmark = pytest.mark.anyio

ISSUE = "HG, Nguyễn Văn An, Sở Tư pháp, phiếu lý lịch tư pháp, 8h30, 31/3"
CODE = re.compile(r"\d{4} \d{3} \d{3}")


def code_in(text: str) -> str:
    found = CODE.search(text)
    assert found, text
    return found[0].replace(" ", "")


def _e164(phone: "Phone") -> str:
    return "+84" + phone.number[1:]


async def test_the_city_of_2020_books_by_text_and_the_code_works_at_the_door(city: "City") -> None:
    said = await city.phone().text(ISSUE)
    assert said.index("31/03/2020") < said.index("08:30") < said.index("Trung tam Hanh chinh")
    assert said.index("Trung tam") < said.index("0001 ") < said.index("To khai")
    assert fit(said) == said
    came = city.clock.now().replace(hour=8, minute=25) + timedelta(days=1)
    decision = await commands.arrive(city.pool, 1, came, "kiosk:door", None, None, code_in(said))
    assert decision["decision"] == "enter"


async def test_a_message_delivered_twice_books_once(city: "City") -> None:
    phone = city.phone()
    first, again = await phone.text(ISSUE, "SM1"), await phone.text(ISSUE, "SM1")
    assert first == again
    city.clock.moment += timedelta(hours=1)
    assert await phone.text(ISSUE.replace("31/3", "mai"), "SM1") == first


async def test_delivered_at_once_by_two_carrier_processes_it_books_once(city: "City") -> None:
    phone = city.phone()
    said = await asyncio.gather(*(phone.text(ISSUE, "SM2") for _ in range(5)))
    assert len(set(said)) == 1


async def test_one_phone_holds_one_text_booking_even_when_it_sends_two_at_once(
    city: "City",
) -> None:
    phone = city.phone()
    said = await asyncio.gather(phone.text(ISSUE), phone.text(ISSUE.replace("8h30", "9h")))
    assert sum("HUYHG" in text for text in said) == 1
    assert await phone.text(ISSUE.replace("8h30", "10h")) in said


async def test_the_booking_phone_cancels_and_a_strangers_cannot(city: "City") -> None:
    phone = city.phone()
    code = code_in(await phone.text(ISSUE))
    strangers = await city.phone().text(f"HUYHG {code}")
    assert strangers == await city.phone().text("HUYHG 0001 000 000")
    assert code_in(await phone.text(f"huy hg {code[:4]} {code[4:7]}.{code[7:]}")) == code
    assert code_in(await phone.text(ISSUE)) != code


async def test_a_cancelling_delivered_twice_is_answered_twice_alike(city: "City") -> None:
    phone = city.phone()
    code = code_in(await phone.text(ISSUE))
    assert await phone.text(f"HUYHG {code}", "SM4") == await phone.text(f"HUYHG {code}", "SM4")


async def test_a_code_is_told_where_it_stands(city: "City") -> None:
    phone = city.phone()
    code = code_in(await phone.text(ISSUE))
    assert "08:30" in await phone.text(f"HG {code}")
    came = city.clock.now().replace(hour=8, minute=25) + timedelta(days=1)
    await commands.arrive(city.pool, 1, came, "kiosk:door", None, None, code)
    city.clock.moment = came
    assert "A001" in await phone.text(f"HG{code}")


async def test_two_procedures_too_close_are_asked_back_and_one_digit_completes_it(
    city: "City",
) -> None:
    phone = city.phone()
    asked = await phone.text("HG, Lê Thị Hoa, Sở Tư pháp, lý lịch, 9h, 31/3")
    assert "1)" in asked
    assert "2)" in asked
    assert not CODE.search(asked)
    said = await phone.text("2", "SM3")
    assert "so 2" in said
    assert "09:00" in said
    assert await phone.text("2", "SM3") == said


async def test_a_choice_delivered_twice_does_not_choose_from_the_next_question(
    city: "City",
) -> None:
    phone = city.phone()
    asked = await phone.text("HG, Lê Thị Hoa, Sở Tư pháp, lý lịch, 12h, 31/3", "SM5")
    assert "1)" in asked
    offered = await phone.text("1", "SM6")  # nobody is there at noon: other times are offered
    assert "1)" in offered
    assert await phone.text("1", "SM6") == offered
    assert await phone.text("HG, Lê Thị Hoa, Sở Tư pháp, lý lịch, 12h, 31/3", "SM5") == asked
    assert await reads.find_visits(city.pool, 1, city.clock.now(), _e164(phone)) == []
    code_in(await phone.text("1", "SM7"))


async def test_a_cancelling_delivered_again_does_not_spend_another_try(city: "City") -> None:
    phone = city.phone()
    code = code_in(await phone.text(ISSUE))
    first = await phone.text(f"HUYHG {code}", "SM8")
    for _ in range(12):  # more than the tries a phone has
        assert await phone.text(f"HUYHG {code}", "SM8") == first


async def test_a_message_whose_taker_failed_or_died_is_decided_when_it_comes_again(
    city: "City",
) -> None:
    message = secrets.token_bytes(32)
    now = city.clock.now()
    new = {"new": True}
    assert await commands.take_text(city.pool, message, now) == new
    assert (await commands.take_text(city.pool, message, now))["answer"] is None
    await commands.end_text(city.pool, message, None, True)
    assert await commands.take_text(city.pool, message, now) == new
    assert await commands.take_text(city.pool, message, now + timedelta(minutes=1)) == new
    await commands.end_text(city.pool, message, "ok", False)
    later = now + timedelta(hours=47)
    known = {"new": False, "answer": "ok", "understood": False}
    assert await commands.take_text(city.pool, message, later) == known
    assert await commands.take_text(city.pool, message, now + timedelta(hours=49)) == new


async def test_a_question_ends(city: "City") -> None:
    phone = city.phone()
    await phone.text("HG, Lê Thị Hoa, Sở Tư pháp, lý lịch, 9h, 31/3")
    assert "1 " in await phone.text("7")
    city.clock.moment += timedelta(minutes=31)
    late = await phone.text("1")
    assert not CODE.search(late)
    assert late == await city.phone().text("1")


async def test_a_full_time_offers_the_nearest_free_ones(city: "City") -> None:
    while CODE.search(said := await city.phone().text(ISSUE)):
        pass
    phone = city.phone()
    said = await phone.text(ISSUE)
    assert "08:20 31/3" in said
    assert "08:40 31/3" in said
    assert "08:20" in await phone.text("1" if "1) 08:20" in said else "2")


@pytest.mark.parametrize(
    "when",
    [
        "8h30, 29/3",
        "3h sang, 31/3",
        "12h, 31/3",
        "25h, 31/3",
        "8h30, 31/2",
        "8h, 31/12/2021",
        "9h, CN",
    ],
)
async def test_a_time_that_cannot_be_is_answered_with_times_that_can(
    city: "City", when: str
) -> None:
    reply = await city.phone().send(f"HG, Lê Hoa, Sở Tư pháp, phiếu lý lịch tư pháp, {when}")
    assert reply.understood
    assert "1)" in reply.text
    assert not CODE.search(reply.text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alo",
        "HG " + "x" * 100_000,
        "HG, <b>a</b>",
        "\0\0",
        "HUYHG'; drop table queue.visit; --",
    ],
)
async def test_who_is_not_understood_is_told_at_once_how_to_write(city: "City", text: str) -> None:
    reply = await city.phone().send(text)
    assert not reply.understood
    assert fit(reply.text) == reply.text != ""


async def test_two_services_in_one_text_are_one_appointment(city: "City") -> None:
    phone = city.phone()
    said = await phone.text("HG, Trần Thị Tư, UBND phường, khai sinh và sao y, 9h, 31/3", "SM9")
    assert "Dang ky khai sinh + Chung thuc ban sao" in said
    visit = (await reads.find_visits(city.pool, 3, city.clock.now(), code=code_in(said)))[0]
    assert [one["service"] for one in visit["services"]] == ["birth", "certified-copy"]
    again = "HG, Trần Thị Tư, UBND phường, khai sinh và sao y, 9h, 31/3"
    assert await phone.text(again, "SM9") == said


async def test_papers_of_two_services_are_not_cut_and_the_rest_is_told(city: "City") -> None:
    both = "LLTP số 1 và cấp giấy phép xây dựng mới"
    said = await city.phone().text(f"HG, Trần Thị Tư, TTHC, {both}, 9h, 31/3")
    order = ["31/03/2020 ", "09:00", "Trung tam", "Ma 0001 ", "so 1 + Cap", "Mang theo: ", "; va "]
    assert sorted(order, key=said.index) == order
    assert said.endswith("giay to khac, xin hoi (0236) 1022")
    assert segments(said) <= 2


@pytest.mark.parametrize("told", ["phường Hải Châu", "phuong Hai Chau", "Vietcombank"])
async def test_an_agency_that_nobody_knows_is_asked_about_and_not_replaced(
    city: "City", told: str
) -> None:
    phone = city.phone()
    asked = await phone.text(f"HG, Trần Thị Tư, {told}, khai sinh, 9h, 31/3")
    assert "1) Đăng ký khai sinh (Trung tâm Phục vụ hành chính công phường Sơn Trà)" in asked
    assert not CODE.search(asked)
    assert code_in(await phone.text("1"))


async def test_options_are_all_there_and_shortened_alike(city: "City") -> None:
    asked = await city.phone().text("HG, An, Sở Tư pháp, 9h, 31/3")
    assert all(f"{number}) " in asked for number in (1, 2, 3, 4))
    assert fit(asked) == asked


@pytest.mark.parametrize("text", ["hg le van tam 9h mai", "HG lam can cuoc cong dan 9h mai"])
async def test_a_name_is_not_taken_for_a_service_nor_a_service_for_another(
    city: "City", text: str
) -> None:
    assert not (await city.phone().send(text)).understood


async def test_free_times_say_for_which_service_they_are(city: "City") -> None:
    said = await city.phone().text("HG, Trần Thị Tư, UBND phường, khai sinh, chiều mai")
    assert "Dang ky khai sinh: gio trong gan nhat" in said
    assert "14:00 31/3" in said


async def test_a_day_too_far_is_told_until_when_one_may_book(city: "City") -> None:
    said = await city.phone().text("HG, Trần Thị Tư, UBND phường, khai sinh, 9h, 20/5")
    assert "04/04/2020" in said or "05/04/2020" in said
    assert "1)" in said


@pytest.mark.parametrize("text", ["cảm ơn", "Cam on a", "da e cam on anh chi nhieu", "thanks ad"])
async def test_thanks_want_no_answer_and_no_operator(city: "City", text: str) -> None:
    assert await city.phone().send(text) == ("", True)
    assert await reads.inbox(city.pool, None, city.clock.now()) == []


@pytest.mark.parametrize("text", ["huy giup e", "HUYHG", "HG", "quen ma roi a", "xem lich hen"])
async def test_who_knows_no_code_is_told_that_of_this_phone_and_nothing_is_cancelled(
    city: "City", text: str
) -> None:
    phone, stranger = city.phone(), city.phone()
    code = code_in(await phone.text(ISSUE))
    said = await phone.text(text)
    assert code_in(said) == code
    assert "08:30 31/3" in said
    assert not CODE.search(await stranger.text(text))
    assert (await reads.find_visits(city.pool, 1, city.clock.now(), code=code))[0][
        "state"
    ] == "booked"


async def test_markup_in_a_name_is_a_name(city: "City") -> None:
    name = "<script>alert(1)</script> Robert'); DROP TABLE visit"
    phone = city.phone()
    said = await phone.text(f"HG, {name.replace(';', '')}, Sở Tư pháp, LLTP, 8h30, 31/3")
    assert "script" not in said
    [visit] = await reads.find_visits(city.pool, 1, city.clock.now(), None, code_in(said))
    assert visit["name"] == name.replace(";", "")


def test_an_answer_without_marks_holds_no_letter_that_would_double_its_price() -> None:
    said = fit("Ông Nguyễn Văn `An`\t" + "đến quầy số ba, " * 12)
    assert said.startswith("Ong Nguyen Van ?An??den quay")


async def test_who_texts_without_end_is_answered_no_more(city: "City") -> None:
    phone = city.phone()
    replies = [await phone.text("alo") for _ in range(25)]
    assert replies[0]
    assert replies[-1] == ""


async def test_a_sender_that_is_no_phone_goes_to_the_operators(city: "City") -> None:
    phone = city.phone()
    phone.number = "VIETTEL"
    assert await phone.send(ISSUE) == ("", False)


async def test_an_earlier_time_is_taken_with_co_and_passed_on_with_khong(city: "City") -> None:
    early, first, second = city.phone(), city.phone(), city.phone()
    taken = code_in(await early.text(ISSUE))
    codes = [code_in(await one.text(ISSUE.replace("8h30", "16h"))) for one in (first, second)]
    for code in codes:
        visit = (await reads.find_visits(city.pool, 1, city.clock.now(), code=code))[0]
        wish = {"waiting_id": visit["visit_id"], "visit_id": visit["visit_id"]}
        wish |= {"token": visit["visit_id"].replace("-", ""), "digits": 1}
        await commands.join_waiting_list(city.pool, 1, city.clock.now(), "web", None, wish)
    assert "không có giờ sớm hơn" in await first.text("CO")
    for _ in range(60):  # until nobody finds a place at that time
        if not CODE.search(await city.phone().text(ISSUE)):
            break
    await early.text(f"HUYHG {taken}")
    assert "Đã ghi nhận: giờ 08:30 31/3" in await first.text("Không ạ.")
    assert "không có giờ sớm hơn" in await first.text("co")
    said = await second.text("Có", "SM7")
    assert "08:30" in said
    assert code_in(said) == codes[1]
    assert await second.text("CO", "SM7") == said
    assert "08:30" in await second.text(f"HG {codes[1]}")


async def test_numbers_beside_a_name_are_no_part_of_it_and_not_kept(city: "City") -> None:
    said = await city.phone().text(
        "HG Tran Thi Bay sdt 0905 123 456 (cccd 048190001234), phuong Son Tra, khai sinh, 9h, 31/3"
    )
    [visit] = await reads.find_visits(city.pool, 3, city.clock.now(), None, code_in(said))
    assert visit["name"] == "Tran Thi Bay"


async def test_a_day_said_in_two_ways_that_differ_is_asked_about(city: "City") -> None:
    for day in ("thứ 4 ngày 31/3", "31/3 1/4", "mai 1/4"):
        said = await city.phone().text(f"HG, Nguyễn Văn An, phường Sơn Trà, khai sinh, 9h, {day}")
        assert said.startswith("Chua doc duoc gio hoac ngay hen."), day
    for day in ("thứ 3 ngày 31/3", "mai 31/3", "31/3 hoặc 1/4"):
        said = await city.phone().text(f"HG, Nguyễn Văn An, phường Sơn Trà, khai sinh, 9h, {day}")
        assert "31/03/2020 09:00" in said or "Gio do da het cho." in said, day


async def test_a_procedure_of_very_many_offices_is_asked_about_by_name(city: "City") -> None:
    """Five of ninety wards would be a guess."""
    ward = Path(offices.__file__).parent / "ward.toml"
    file = reader.read(ward, city.clock.now().date()).document
    for number in range(11, 17):
        own: dict[str, Any] = {
            "slug": f"xa-{number}",
            "name_vi": f"Trung tâm xã số {number}",
            "old_names": [],
        }
        office: dict[str, Any] = {**file["office"], **own, "aliases": list[str]()}
        await commands.import_office(
            city.pool, number, city.clock.now(), "test", {**file, "office": office}
        )
    said = await city.phone().text("HG, Nguyễn Văn An, khai sinh, 9h, 31/3")
    assert said.startswith("Nhiều cơ quan, thủ tục có tên như vậy")
    known = await city.phone().text("HG, Nguyễn Văn An, xã số 13, khai sinh, 9h, 31/3")
    assert "Trung tam xa so 13" in known
