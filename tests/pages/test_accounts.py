"""People who sign in: passwords, sessions, and what a manager does about them."""

import asyncio
import re
import secrets
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from playwright.async_api import Browser, expect

from queue_service import commands, db, reads, sessions, tokens
from queue_service.settings import Settings
from tests.devices import PHONE, device, staff
from tests.offices import LONG_AGO, Office, make_office
from tests.people import PASSWORD, person, sign_in, visitor
from tests.serving import BEGINS, Served, serve, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def test_a_clerk_signs_in_works_and_signs_out(
    served: Served, pool: db.Pool, office: Office
) -> None:
    clerk = await person(pool, office)
    async with visitor(served) as client:
        answer = await sign_in(client, clerk.login.upper())
        assert (answer.status_code, answer.headers["location"]) == (303, f"/counter/{office.slug}")
        cookie = answer.headers.get_list("set-cookie")[0].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "max-age" not in cookie
        opened = await client.post(f"/counter/{office.slug}/1/open")
        assert opened.status_code == 303
        stolen = dict(client.cookies)
        await client.post("/sign-out")
        assert (await client.get(f"/counter/{office.slug}")).status_code == 303
    # What was taken from the browser before is worth nothing either.
    async with httpx2.AsyncClient(base_url=served.url, cookies=stolen) as thief:
        assert (await thief.get(f"/counter/{office.slug}")).status_code == 303


async def test_over_https_the_cookie_is_bound_to_this_host_and_the_plain_one_opens_nothing(
    settings: Settings, pool: db.Pool, office: Office
) -> None:
    clerk = await person(pool, office)
    async with (
        serve(replace(settings, public_url="https://queue.example"), pool) as served,
        visitor(served) as client,
    ):
        cookie = (await sign_in(client, clerk.login)).headers["set-cookie"]
        assert cookie.startswith("__Host-session=")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "domain" not in cookie.lower()
        session = cookie.partition("=")[2].partition(";")[0]
        path = f"/counter/{office.slug}"
        told = {"cookie": f"session={session}"}
        assert (await client.get(path, headers=told)).status_code == 303
        told = {"cookie": f"__Host-session={session}"}
        assert (await client.get(path, headers=told)).status_code == 200


async def test_who_has_no_account_is_told_what_a_wrong_password_is_told_and_as_slowly(
    served: Served, pool: db.Pool, office: Office
) -> None:
    clerk, gone = await person(pool, office), await person(pool, office)
    await commands.set_account(pool, LONG_AGO, "test", gone.account_id, disabled=True)
    seen: list[tuple[int, str]] = []
    times: list[float] = []
    async with visitor(served) as client:
        for login, password in (
            (clerk.login, "wrong, wrong, wrong"),
            (f"nobody.{secrets.token_hex(4)}", PASSWORD),
            (gone.login, PASSWORD),
        ):
            loop = asyncio.get_running_loop()
            begun = loop.time()
            answer = await sign_in(client, login, password)
            times.append(loop.time() - begun)
            assert "set-cookie" not in answer.headers
            seen.append((answer.status_code, text_of(answer.text.replace(login, "NAME"))))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0] == 422
    assert min(times) > max(times) / 5, times  # a look-up without a hash is a hundred times quicker


async def test_guessing_is_stopped_per_account_and_address_and_the_right_password_waits_too(
    settings: Settings, pool: db.Pool, office: Office
) -> None:
    clerk, other = await person(pool, office), await person(pool, office)
    few = replace(settings, failed_sign_ins_per_hour=3, forwarded_allow_ips="127.0.0.1")
    async with serve(few, pool) as served:
        async with visitor(served, **{"x-forwarded-for": "192.0.2.1"}) as thief:
            told = await asyncio.gather(*(sign_in(thief, clerk.login, "x" * 12) for _ in range(8)))
            assert sorted(one.status_code for one in told) == [422] * 3 + [429] * 5
            assert (await sign_in(thief, clerk.login)).status_code == 429
            assert (await sign_in(thief, other.login)).status_code == 303
        async with visitor(served, **{"x-forwarded-for": "192.0.2.2"}) as herself:
            assert (await sign_in(herself, clerk.login)).status_code == 303
        last = None
        for number in range(10, 40):
            async with visitor(served, **{"x-forwarded-for": f"192.0.2.{number}"}) as one:
                last = await sign_in(one, clerk.login, "x" * 12)
        assert last is not None
        assert last.status_code == 429


async def test_whoever_knows_the_password_is_never_counted_out_however_many_sign_in(
    settings: Settings, pool: db.Pool, office: Office
) -> None:
    """A whole house behind one address, of a morning; a thief there is stopped as before."""
    clerk, other = await person(pool, office), await person(pool, office)
    few = replace(settings, failed_sign_ins_per_hour=2, forwarded_allow_ips="127.0.0.1")
    address = f"2001:db8:{secrets.token_hex(2)}::1"
    async with (
        serve(few, pool) as served,
        visitor(served, **{"x-forwarded-for": address}) as client,
    ):
        told = [(await sign_in(client, clerk.login)).status_code for _ in range(14)]
        assert told == [303] * 14  # two to an account, twelve to an address may be wrong
        wrong = [(await sign_in(client, other.login, "x" * 12)).status_code for _ in range(3)]
        assert wrong == [422, 422, 429]


async def test_a_withdrawn_account_is_out_at_once_in_every_process(
    settings: Settings, served: Served, pool: db.Pool, office: Office
) -> None:
    clerk = await person(pool, office)
    path = f"/counter/{office.slug}"
    async with serve(settings, pool) as another, visitor(served) as client:
        await sign_in(client, clerk.login)
        cookies = dict(client.cookies)
        async with httpx2.AsyncClient(base_url=another.url, cookies=cookies) as elsewhere:
            assert (await elsewhere.get(path)).status_code == 200
            await commands.set_account(pool, LONG_AGO, "test", clerk.account_id, disabled=True)
            assert (await elsewhere.get(path)).status_code == 303
            assert (await client.get(path)).status_code == 303
            await commands.set_account(pool, LONG_AGO, "test", clerk.account_id, disabled=False)
            assert (await client.get(path)).status_code == 303, "an old session came back"


async def test_a_role_that_is_taken_away_is_gone_at_the_next_request(
    served: Served, pool: db.Pool, office: Office
) -> None:
    manager = await person(pool, office, "manager")
    async with visitor(served) as client:
        await sign_in(client, manager.login)
        assert (await client.get(f"/manage/{office.slug}")).status_code == 200
        await commands.set_account(pool, LONG_AGO, "test", manager.account_id, role="clerk")
        assert (await client.get(f"/manage/{office.slug}")).status_code == 403
        assert (await client.get(f"/counter/{office.slug}")).status_code == 200


@pytest.mark.parametrize("path", ["/counter/x/1/live", "/api/v1/devices/me/heartbeat"])
def test_what_a_page_asks_by_itself_is_known_as_such(path: str) -> None:
    assert path.endswith(sessions.BY_ITSELF)


async def test_the_end_of_a_session_takes_nobody_out_of_the_room_and_closes_no_counter(
    served: Served, pool: db.Pool, office: Office
) -> None:
    clerk = await person(pool, office)
    async with visitor(served) as client:
        await sign_in(client, clerk.login)
        await client.post(f"/door/{office.slug}/staff", data={"area": "hall", "present": "4"})
        await client.post(f"/counter/{office.slug}/1/open")
        sha = tokens.sha_of(dict(client.cookies)["session"])
        before = await reads.board(pool, office.office_id, BEGINS)
        await commands.end_session(pool, BEGINS, sha)
        assert (await client.get(f"/counter/{office.slug}/1")).status_code == 303
    after = await reads.board(pool, office.office_id, BEGINS + timedelta(minutes=5))
    assert [one["present"] for one in after["areas"]] == [one["present"] for one in before["areas"]]
    assert [one["state"] for one in after["counters"]] == [
        one["state"] for one in before["counters"]
    ]


@pytest.mark.parametrize("forged", ["", "x" * 43, "session.", "ố" * 20, "a" * 5000])
async def test_a_forged_session_opens_nothing(served: Served, office: Office, forged: str) -> None:
    told = [(b"cookie", f"session={forged}".encode())]
    async with httpx2.AsyncClient(base_url=served.url) as client:
        answer = await client.get(f"/counter/{office.slug}", headers=told)
        assert answer.headers["location"].startswith("/sign-in?")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_site_can_give_no_orders_with_a_session(
    served: Served, pool: db.Pool, office: Office, site: str
) -> None:
    clerk = await person(pool, office)
    async with visitor(served) as client:
        await sign_in(client, clerk.login)
        order = f"/counter/{office.slug}/1/open"
        assert (await client.post(order, headers={"sec-fetch-site": site})).status_code == 403
        del client.headers["sec-fetch-site"]
        assert (
            await client.post(order, headers={"origin": "http://evil.example"})
        ).status_code == 403
        assert (await client.post(order)).status_code == 403


async def test_a_new_password_by_link_once_and_every_session_ends(
    served: Served, pool: db.Pool, office: Office
) -> None:
    clerk = await person(pool, office)
    async with (
        staff(served, pool, office, "manager") as manager,
        visitor(served) as old,
        visitor(served) as client,
    ):
        await sign_in(old, clerk.login)
        shown = await manager.post(
            f"/manage/{office.slug}/accounts", data={"link": str(clerk.account_id)}
        )
        found = re.search(r"/new-password/[\w-]+", shown.text)
        assert found, text_of(shown.text)
        link = found[0]
        assert clerk.login in text_of((await client.get(link)).text)
        for password, again, said in (
            ("short", "short", "at least 10"),
            ("1234567890", "1234567890", "first that a thief tries"),
            (f"{clerk.login}", f"{clerk.login}", "first that a thief tries"),
            ("x" * 201, "x" * 201, "at most 200"),
            ("bốn mùa xuân hạ thu đông", "bốn mùa", "not the same"),
        ):
            answer = await client.post(link, data={"password": password, "again": again})
            assert answer.status_code == 422
            assert said in text_of(answer.text)
        new = "bốn mùa xuân hạ thu đông"
        first, second = await asyncio.gather(
            *(client.post(link, data={"password": new, "again": new}) for _ in range(2))
        )
        assert sorted((first.status_code, second.status_code)) == [303, 404]
        assert (await client.get(link)).status_code == 404
        assert (await old.get(f"/counter/{office.slug}")).status_code == 303
        assert (await sign_in(client, clerk.login)).status_code == 422
        assert (await sign_in(client, clerk.login, new)).status_code == 303


async def test_changing_the_password_asks_for_the_old_one_and_keeps_this_session_alone(
    served: Served, pool: db.Pool, office: Office
) -> None:
    clerk, new = await person(pool, office), "bốn mùa xuân hạ thu đông"
    async with visitor(served) as here, visitor(served) as there:
        await sign_in(here, clerk.login)
        await sign_in(there, clerk.login)
        form = {"old": "not this one", "password": new, "again": new}
        answer = await here.post("/account/password", data=form)
        assert "not your password until now" in text_of(answer.text)
        answer = await here.post("/account/password", data={**form, "old": PASSWORD})
        assert answer.status_code == 303, text_of(answer.text)
        assert (await here.get("/account")).status_code == 200
        assert (await there.get("/account")).status_code == 303


async def test_a_manager_makes_a_clerk_and_no_manager_and_touches_no_other_office(
    served: Served, pool: db.Pool, office: Office
) -> None:
    other = await make_office(pool)
    stranger = await person(pool, other)
    chief = await person(pool, office, "manager")
    path = f"/manage/{office.slug}/accounts"
    async with staff(served, pool, office, "manager") as manager:
        login = f"thu.ha.{secrets.token_hex(3)}"
        form = {"add": "1", "login": login, "name": "Thu Hà", "role": "clerk"}
        assert "/new-password/" in (await manager.post(path, data=form)).text
        again = await manager.post(path, data=form)
        assert again.status_code == 409
        assert "signs in with this name already" in text_of(again.text)
        odd = await manager.post(path, data={**form, "login": "Thu Hà!"})
        assert odd.status_code == 422
        for role in ("manager", "admin", "auditor", "kiosk", "emperor"):
            answer = await manager.post(path, data={**form, "login": login + "2", "role": role})
            assert answer.status_code == 403, role
        for victim in (stranger, chief):
            for word in ("link", "disable"):
                answer = await manager.post(path, data={word: str(victim.account_id)})
                assert answer.status_code == 404
                assert "/new-password/" not in answer.text


async def test_no_table_holds_a_password_a_session_or_a_link(
    served: Served, pool: db.Pool, owner: db.Connection, office: Office
) -> None:
    clerk = await person(pool, office)
    async with visitor(served) as client:
        await sign_in(client, clerk.login)
        session = dict(client.cookies)["session"]
    for table in ("account", "session", "account_link", "audit", "attempt"):
        rows = await owner.fetch(f"select t::text as row from ops.{table} as t")
        assert not any(PASSWORD in row["row"] or session in row["row"] for row in rows), table


async def test_every_change_is_kept_with_who_when_where_before_and_after(
    served: Served, pool: db.Pool, office: Office
) -> None:
    clerk, manager = await person(pool, office), await person(pool, office, "manager")
    async with visitor(served) as client:
        await sign_in(client, manager.login)
        base = f"/manage/{office.slug}"
        await client.post(f"{base}/accounts", data={"disable": str(clerk.account_id)})
        await client.post(f"/door/{office.slug}/recount", data={"area": "hall", "present": "3"})
        rows = await reads.audit(pool, office.office_id, BEGINS + timedelta(days=1))
        known = {(row["act"], row["actor"], row["origin"]): row for row in rows}
        actor = f"manager:{manager.login}"
        changed = known["set_account", actor, "127.0.0.1"]
        assert changed["target"] == clerk.login
        assert (changed["before"], changed["after"]) == ({"disabled": False}, {"disabled": True})
        assert ("recount", actor, "127.0.0.1") in known
        assert ("sign_in", actor, "127.0.0.1") in known
        page = text_of((await client.get(f"{base}/audit")).text)
        assert "account changed" in page
        assert "room counted again" in page
        assert "from 127.0.0.1" in page
        assert "Lan" not in page


async def test_a_change_of_the_office_file_is_kept_with_what_differs_alone(
    pool: db.Pool, office: Office
) -> None:
    file = await reads.office_file(pool, office.office_id)
    assert file is not None
    file["caps"][0]["maximum"] = 7
    await commands.import_office(pool, office.office_id, BEGINS, "manager:Hà", file)
    rows = await reads.audit(pool, office.office_id, BEGINS + timedelta(days=1))
    row = next(row for row in rows if row["act"] == "import_office" and row["before"])
    assert list(row["after"]) == ["caps"]
    assert [cap["maximum"] for cap in row["after"]["caps"]] == [7]
    assert len(row["before"]["caps"]) == 1


async def test_the_application_can_neither_change_nor_remove_a_line_of_the_trail(
    pool: db.Pool,
) -> None:
    for order in (
        "update ops.audit set actor = 'nobody'",
        "delete from ops.audit",
        "insert into ops.audit (at, actor, act, target) values (now(), 'x', 'x', 'x')",
        "select queue._audit(now(), 'x', null, 'x', 'x', null, null)",
        "select * from ops.audit",
    ):
        with pytest.raises(Exception, match="permission denied"):
            await pool.execute(order)


async def test_an_auditor_reads_the_trail_and_changes_nothing(
    served: Served, pool: db.Pool, office: Office
) -> None:
    auditor = await person(pool, office, "auditor")
    async with visitor(served) as client:
        await sign_in(client, auditor.login)
        base = f"/manage/{office.slug}"
        page = (await client.get(base)).text
        assert f"{base}/audit" in page
        assert f"{base}/accounts" not in page
        assert (await client.get(f"{base}/audit")).status_code == 200
        assert (await client.get(f"{base}/accounts")).status_code == 403


@pytest.mark.parametrize("script", [True, False])
async def test_from_the_managers_page_to_the_clerks_first_call_in_a_browser(
    browser: Browser, served: Served, pool: db.Pool, office: Office, script: bool
) -> None:
    manager = await person(pool, office, "manager")
    login = f"minh.{secrets.token_hex(3)}"
    async with (
        device(browser, served, "", PHONE, script=script) as page,
        device(browser, served, "", PHONE, script=script) as new,
    ):
        await page.goto(f"/manage/{office.slug}/accounts")
        assert not script or await problems(page) == []
        await page.get_by_label("Tên đăng nhập").fill(manager.login)
        await page.get_by_label("Mật khẩu").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.get_by_label("Họ và tên").fill("Trần Minh")
        await page.get_by_label("Tên đăng nhập").fill(login)
        await page.get_by_role("button", name="Tạo tài khoản").click()
        link = await page.locator(".secret").inner_text()
        assert not script or await problems(page) == []
        await new.goto(link.replace(served.settings.address, served.url))
        assert not script or await problems(new) == []
        await new.get_by_label("Mật khẩu mới").fill(PASSWORD)
        await new.get_by_label("Nhập lại mật khẩu").fill(PASSWORD)
        await new.keyboard.press("Enter")
        await new.get_by_label("Tên đăng nhập").fill(login)
        await new.get_by_label("Mật khẩu").fill(PASSWORD)
        await new.keyboard.press("Enter")
        await expect(new.get_by_role("heading", name="Chọn quầy")).to_be_visible()
        await page.goto(f"/manage/{office.slug}/audit")
        assert not script or await problems(page) == []
        await expect(page.locator(".trail")).to_contain_text(login)
