"""Says in plain words what is wrong with an installation."""

import argparse
import asyncio
import io
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PIL import Image, ImageDraw, ImageFont

from queue_service import db, migrate, openid
from queue_service.embedded import EmbeddedError
from queue_service.settings import TICKET_SECRET_FILE, Settings

FINE, WARNING, WRONG = "✓", "!", "✗"
OLDEST_POSTGRES = 150000
SMALLEST_SPACE = 500_000_000
# The letters that fonts without Vietnamese lack, and the sign of the currency.
LETTERS = (
    "ĂăÂâĐđÊêÔôƠơƯưẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặẸẹẺẻẼẽẾếỀềỂểỄễỆệỈỉỊị"
    "ỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợỤụỦủỨứỪừỬửỮữỰựỲỳỴỵỶỷỸỹ₫"
)
FONT_FOLDERS = (
    Path(__file__).parent,
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/Library/Fonts"),
)
FONT_NAMES = ("NotoSans-*.ttf", "DejaVuSans*.ttf", "BeVietnamPro*.ttf", "LiberationSans-*.ttf")


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    level: str
    vi: str
    en: str

    def __str__(self) -> str:
        return f"{self.level} {self.vi}\n  {self.en}"


def arguments(parser: argparse.ArgumentParser) -> None:
    """`doctor` takes no arguments."""


def command(_args: argparse.Namespace, settings: Settings) -> int:
    findings = examine(settings)
    for finding in findings:
        print(finding)
    return 1 if any(finding.level == WRONG for finding in findings) else 0


def examine(settings: Settings) -> list[Finding]:
    findings = [
        *look_at_data_folder(settings),
        *look_at_secrets(settings),
        *look_at_public_url(settings),
        *look_at_carriers(settings),
        *look_at_openid(settings),
        *look_at_time_zone(),
        *look_at_fonts(FONT_FOLDERS),
    ]
    try:
        with db.database(settings) as database:
            findings.extend(asyncio.run(look_at_database(database)))
    except EmbeddedError as error:
        findings.append(
            Finding(
                WRONG,
                f"PostgreSQL đi kèm không khởi động được: {error}",
                f"The embedded PostgreSQL does not start: {error}",
            )
        )
    return findings


def look_at_data_folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir.absolute()
    standing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        probe = folder / ".doctor"
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        yield Finding(
            WRONG,
            f"Không ghi được vào thư mục dữ liệu {folder}: {error.strerror}. Hãy đổi DATA_DIR.",
            f"The data folder {folder} cannot be written: {error.strerror}. Change DATA_DIR.",
        )
        return
    free = shutil.disk_usage(standing).free
    if free < SMALLEST_SPACE:
        yield Finding(
            WRONG,
            f"Ổ đĩa của {folder} chỉ còn {free // 1_000_000} MB. Hãy dọn bớt.",
            f"Only {free // 1_000_000} MB are left on the disk of {folder}. Make room.",
        )
    else:
        yield Finding(FINE, f"Thư mục dữ liệu {folder} dùng được.", f"Data folder {folder} works.")


def look_at_secrets(settings: Settings) -> Iterator[Finding]:
    path = settings.data_dir / TICKET_SECRET_FILE
    if settings.ticket_secret:
        yield Finding(FINE, "Khóa ký phiếu đã đặt.", "The ticket secret is set.")
    elif settings.database_url:
        yield Finding(
            WARNING,
            f"Chưa đặt TICKET_SECRET: khóa nằm trong {path}, máy khác sẽ không đọc được phiếu.",
            f"TICKET_SECRET is not set: the secret lies in {path}, and other machines of this "
            "database would not know these tickets.",
        )
    elif path.exists() and len(path.read_text("ascii", "replace").strip()) < 32:
        yield Finding(
            WRONG,
            f"{path} bị hỏng. Hãy lấy lại từ bản sao lưu.",
            f"{path} is damaged. Bring it back from a backup.",
        )
    else:
        yield Finding(FINE, f"Khóa ký phiếu nằm trong {path}.", f"Ticket secret in {path}.")
    for private in (path, Path(".env")):
        if private.exists() and private.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            wrong = private == path
            yield Finding(
                WRONG if wrong else WARNING,
                f"Người khác đọc được {private}. Hãy chạy: chmod 600 {private}",
                f"Others may read {private}. Run: chmod 600 {private}",
            )


def look_at_public_url(settings: Settings) -> Iterator[Finding]:
    address = settings.address
    parts = urlsplit(address)
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if loopback and settings.public_url:
        yield Finding(
            WARNING,
            f"PUBLIC_URL là {address}: điện thoại của người dân không mở được địa chỉ này.",
            f"PUBLIC_URL is {address}: citizens' phones cannot open it.",
        )
    elif not loopback and parts.scheme == "http":
        yield Finding(
            WARNING,
            f"{address} không được mã hóa. Hãy đặt PUBLIC_URL=https://…",
            f"{address} is not encrypted. Set PUBLIC_URL=https://…",
        )
    elif loopback:
        yield Finding(
            FINE,
            f"Chỉ dùng trên máy này: {address}. Đặt PUBLIC_URL khi mở cho người dân.",
            f"For this machine only: {address}. Set PUBLIC_URL before citizens come.",
        )
    else:
        yield Finding(FINE, f"Địa chỉ: {address}", f"Address: {address}")


def look_at_openid(settings: Settings) -> Iterator[Finding]:
    """Whether the organisation's sign-in answers, and can send people back."""
    issuer = settings.openid_issuer
    if not issuer:
        return
    try:
        asyncio.run(openid.about(settings))
    except db.Refused as refused:
        why = refused.facts.get("why", "")
        yield Finding(
            WRONG,
            f"{issuer} không trả lời đúng OpenID Connect ({why}): không ai đăng nhập bằng đó được.",
            f"{issuer} does not answer as OpenID Connect does ({why}): nobody signs in with it.",
        )
        return
    yield Finding(
        FINE,
        f"Đăng nhập của tổ chức: {issuer}; địa chỉ trở về: {settings.address}{openid.BACK}",
        f"The organisation's sign-in: {issuer}; it sends back to {settings.address}{openid.BACK}",
    )
    if _open_to_all(issuer) or urlsplit(settings.address).scheme != "https":
        yield Finding(
            WARNING,
            "Đăng nhập của tổ chức cần https:// ở cả OPENID_ISSUER và PUBLIC_URL.",
            "The organisation's sign-in needs https:// in OPENID_ISSUER and PUBLIC_URL.",
        )


def look_at_carriers(settings: Settings) -> Iterator[Finding]:
    """What can be told without calling them: who they are is known, and they can call back."""
    twilio, gateway = bool(settings.twilio_account_sid), bool(settings.gateway_url)
    if not twilio and not gateway:
        yield Finding(
            WARNING,
            "Chưa có nhà mạng nào: tin nhắn chỉ nằm ở trang /outbox. Hãy đặt GATEWAY_URL, "
            "TWILIO_ACCOUNT_SID.",
            "No carrier is set up: messages stay on the page /outbox. Set GATEWAY_URL or "
            "TWILIO_ACCOUNT_SID.",
        )
    if twilio:
        yield from _look_at_twilio(settings)
    elif settings.twilio_auth_token or settings.twilio_from:
        yield Finding(
            WRONG,
            "Thiếu TWILIO_ACCOUNT_SID: Twilio không được dùng.",
            "TWILIO_ACCOUNT_SID is missing: Twilio is not used.",
        )
    if gateway and not settings.gateway_secret:
        yield Finding(
            WRONG,
            "Thiếu GATEWAY_SECRET: không ký được, và không tin nhắn đến nào được nhận.",
            "GATEWAY_SECRET is missing: nothing can be signed, and no incoming text is believed.",
        )
    elif gateway:
        yield Finding(FINE, "Cổng tin nhắn đã đặt, có khóa ký.", "The gateway is set, and signed.")
    if gateway and _open_to_all(settings.gateway_url):
        yield Finding(
            WARNING,
            f"{settings.gateway_url} không được mã hóa: số điện thoại đi qua mạng để ngỏ.",
            f"{settings.gateway_url} is not encrypted: phone numbers travel in the open.",
        )
    if (twilio or gateway) and urlsplit(settings.public_url).scheme != "https":
        yield Finding(
            WRONG if twilio else WARNING,
            "Nhà mạng gọi lại qua PUBLIC_URL, cần là https://…: nếu không, tin đến và kết quả gửi "
            "bị mất hoặc đi qua mạng để ngỏ.",
            "Carriers call back at PUBLIC_URL, which must be https://…: else incoming texts and "
            "delivery reports are lost, or travel in the open.",
        )


def _look_at_twilio(settings: Settings) -> Iterator[Finding]:
    missing = [
        name
        for name, good in (
            ("TWILIO_AUTH_TOKEN", re.fullmatch("[0-9a-f]{32}", settings.twilio_auth_token)),
            ("TWILIO_FROM", settings.twilio_from),
        )
        if not good
    ]
    if missing:
        names = ", ".join(missing)
        yield Finding(
            WRONG,
            f"Twilio: {names} thiếu hoặc sai dạng; chữ ký của cuộc gọi và tin đến sẽ bị từ chối.",
            f"Twilio: {names} is missing or not of the right form; calls and texts that come in "
            "would be refused for their signature.",
        )
    else:
        yield Finding(
            FINE, "Twilio đã đặt, mã bí mật đúng dạng.", "Twilio is set, its secret well-formed."
        )
    if settings.twilio_base_url:
        yield Finding(
            WARNING,
            f"TWILIO_BASE_URL: tin đi tới {settings.twilio_base_url}, không phải Twilio.",
            f"TWILIO_BASE_URL: messages go to {settings.twilio_base_url} and not to Twilio.",
        )
    if settings.twilio_from.startswith("MG") and not settings.twilio_voice_from:
        yield Finding(
            WARNING,
            "Chưa có TWILIO_VOICE_FROM: máy cố định không được nhắc bằng giọng nói.",
            "TWILIO_VOICE_FROM is not set: landlines are not reminded by voice.",
        )
    if not settings.hotline_number:
        yield Finding(
            WARNING,
            "Chưa có HOTLINE_NUMBER: ai gọi đến và bấm 0 không gặp được người trực.",
            "HOTLINE_NUMBER is not set: callers who press 0 reach nobody.",
        )


def _open_to_all(url: str) -> bool:
    """Over plain http, and not within a machine or an office's own network."""
    parts = urlsplit(url)
    if parts.scheme != "http":
        return False
    try:
        return not ip_address(parts.hostname or "").is_private
    except ValueError:
        return parts.hostname != "localhost"


def look_at_time_zone() -> Iterator[Finding]:
    try:
        ZoneInfo("Asia/Ho_Chi_Minh")
        yield Finding(FINE, "Có dữ liệu múi giờ.", "Time zones are known.")
    except ZoneInfoNotFoundError:
        yield Finding(
            WRONG,
            "Thiếu dữ liệu múi giờ. Hãy cài lại, hoặc cài gói tzdata.",
            "Time zone data is missing. Install again, or install the package tzdata.",
        )


def look_at_fonts(folders: tuple[Path, ...]) -> Iterator[Finding]:
    for folder in folders:
        for pattern in FONT_NAMES:
            for path in sorted(folder.rglob(pattern)):
                if writes_vietnamese(path):
                    yield Finding(FINE, f"Phông chữ: {path}", f"Font: {path}")
                    return
    yield Finding(
        WARNING,
        "Không có phông chữ đủ dấu tiếng Việt để in phiếu. Hãy cài gói fonts-noto-core.",
        "No font with all Vietnamese letters to print slips. Install fonts-noto-core.",
    )


def writes_vietnamese(path: Path) -> bool:
    """Whether no letter comes out as the box that stands for a missing one."""
    try:
        font = ImageFont.truetype(io.BytesIO(path.read_bytes()), 24)
    except OSError:
        return False
    box = _drawn(font, "\U0010fffe")
    return all(_drawn(font, letter) != box for letter in LETTERS)


def _drawn(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    image = Image.new("L", (48, 48))
    ImageDraw.Draw(image).text((4, 4), letter, fill=255, font=font)
    return image.tobytes()


async def look_at_database(database: db.Database) -> list[Finding]:
    try:
        async with db.owner(database.owner_url) as owner:
            findings = list(await _look_at_server(owner))
    except db.Unavailable as error:
        if await _server_answers(database):
            return [_not_migrated()]
        return [
            Finding(
                WRONG,
                f"Không kết nối được cơ sở dữ liệu: {error}. Kiểm tra DATABASE_URL và máy chủ.",
                f"The database cannot be reached: {error}. Check DATABASE_URL and the server.",
            )
        ]
    if await migrate.pending(database.owner_url):
        return [*findings, _not_migrated()]
    findings.append(Finding(FINE, "Cơ sở dữ liệu đã cập nhật.", "The database is migrated."))
    try:
        async with db.connect(database.app_url, size=1) as pool:
            findings.extend(await _look_as_application(pool))
    except db.Unavailable as error:
        findings.append(
            Finding(
                WRONG,
                f"Tài khoản ứng dụng không vào được cơ sở dữ liệu: {error}",
                f"The application's account cannot enter the database: {error}",
            )
        )
    return findings


async def _server_answers(database: db.Database) -> bool:
    try:
        async with db.owner(database.named("postgres").owner_url):
            return True
    except db.Unavailable:
        return False


def _not_migrated() -> Finding:
    return Finding(
        WRONG,
        "Cơ sở dữ liệu chưa cập nhật. Hãy chạy: queue-service migrate",
        "The database is not migrated. Run: queue-service migrate",
    )


async def _look_at_server(owner: db.Connection) -> Iterator[Finding]:
    row = await owner.fetchrow(
        "select current_setting('server_version_num')::int as version,"
        " current_setting('server_version') as said,"
        " current_setting('fsync') = 'on' and current_setting('full_page_writes') = 'on'"
        " and current_setting('synchronous_commit') <> 'off' as durable,"
        " current_setting('server_encoding') = 'UTF8' as utf8"
    )
    assert row is not None
    findings = [Finding(FINE, f"PostgreSQL {row['said']}", f"PostgreSQL {row['said']}")]
    if row["version"] < OLDEST_POSTGRES:
        findings = [
            Finding(
                WRONG,
                f"PostgreSQL {row['said']} quá cũ; cần bản 15 trở lên.",
                f"PostgreSQL {row['said']} is too old; 15 or newer is needed.",
            )
        ]
    if not row["durable"]:
        findings.append(
            Finding(
                WRONG,
                "Mất điện sẽ mất dữ liệu: bật fsync, full_page_writes, synchronous_commit.",
                "A power cut would lose data: turn on fsync, full_page_writes, synchronous_commit.",
            )
        )
    if not row["utf8"]:
        findings.append(
            Finding(
                WRONG,
                "Cơ sở dữ liệu phải dùng mã UTF8.",
                "The database must be encoded in UTF8.",
            )
        )
    return iter(findings)


async def _look_as_application(pool: db.Pool) -> Iterator[Finding]:
    findings: list[Finding] = []
    row = await pool.fetchrow(
        "select session_user::text as login,"
        " (select rolsuper from pg_roles where rolname = session_user) as super,"
        " array(select c.oid::regclass::text from pg_class c join pg_namespace n"
        "         on n.oid = c.relnamespace"
        "       where n.nspname in ('queue', 'ops') and c.relkind in ('r', 'p', 'v', 'm', 'S')"
        "         and case c.relkind"
        "           when 'S' then has_sequence_privilege(c.oid, 'usage, select, update')"
        "           else has_table_privilege(c.oid, 'select, insert, update, delete, truncate')"
        "             or has_any_column_privilege(c.oid, 'select, insert, update') end"
        "       order by 1) as tables"
    )
    assert row is not None
    if row["tables"]:
        names = ", ".join(row["tables"][:5])
        findings.append(
            Finding(
                WRONG,
                f"Tài khoản ứng dụng được phép chạm vào bảng: {names}. Hãy thu hồi quyền.",
                f"The application's role may touch tables: {names}. Revoke those rights.",
            )
        )
    elif row["super"]:
        findings.append(
            Finding(
                WARNING,
                f"Ứng dụng đăng nhập bằng {row['login']}, tài khoản toàn quyền. "
                f"Hãy dùng {db.APP_ROLE} trong DATABASE_URL.",
                f"The application logs in as {row['login']}, who may do everything. "
                f"Use {db.APP_ROLE} in DATABASE_URL.",
            )
        )
    else:
        findings.append(
            Finding(
                FINE,
                "Tài khoản ứng dụng không chạm được vào bảng nào.",
                "The application's role may touch no table.",
            )
        )
    offset = await db.Clock().measure(pool)
    seconds = abs(offset.total_seconds())
    if abs(offset) > db.FURTHEST_OFF:
        findings.append(
            Finding(
                WRONG,
                f"Đồng hồ máy này lệch {seconds:.1f} giây so với máy cơ sở dữ liệu. "
                "Hãy bật đồng bộ giờ (NTP).",
                f"This machine's clock is {seconds:.1f} s off the database's. "
                "Turn on time synchronisation (NTP).",
            )
        )
    else:
        findings.append(
            Finding(
                FINE,
                f"Đồng hồ khớp với cơ sở dữ liệu ({seconds * 1000:.0f} ms).",
                f"The clock agrees with the database's ({seconds * 1000:.0f} ms).",
            )
        )
    return iter(findings)
