"""Every setting once: its name, type, default and meaning, read from the environment and `.env`."""

import contextlib
import difflib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

TICKET_SECRET_FILE = "ticket.secret"
# A site as `frame-ancestors` takes it; nothing that could end the rule and begin another.
SITE = re.compile(r"https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?")
# Our names of what a local gateway is told and tells, and of what its states mean.
GATEWAY_FIELDS = ("to", "from", "text", "reference", "id", "status", "error")
GATEWAY_WORDS = ("sent", "delivered", "failed", "unanswered", "passing")
PAIRS = r"\s*[a-z]+\s*=[^=,]+(,\s*[a-z]+\s*=[^=,]+)*"


@dataclass(frozen=True)
class About:
    """What a setting means, in both languages, and which values make sense."""

    vi: str
    en: str
    secret: bool = False
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    pattern: str = ""
    shortest: int = 0


class SettingsError(Exception):
    """Some settings are wrong; every one of them is named."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """The environment variable of a field is its name in capitals."""

    database_url: Annotated[
        str,
        About(
            "Địa chỉ PostgreSQL; để trống thì dùng PostgreSQL đi kèm",
            "address of PostgreSQL; empty: the one that comes with the service",
            secret=True,
            schemes=("postgresql", "postgres"),
        ),
    ] = ""
    database_owner_url: Annotated[
        str,
        About(
            "Địa chỉ cho tài khoản chủ sở hữu (chỉ để migrate); để trống thì dùng DATABASE_URL",
            "the owner's address, used to migrate only; empty: DATABASE_URL",
            secret=True,
            schemes=("postgresql", "postgres"),
        ),
    ] = ""
    database_pool: Annotated[
        int,
        About(
            "Số kết nối tối đa của mỗi tiến trình",
            "most connections of one process",
            least=1,
            most=500,
        ),
    ] = 8
    data_dir: Annotated[
        Path,
        About("Thư mục dữ liệu", "folder of the embedded database and of generated secrets"),
    ] = Path("data")
    postgres_bin: Annotated[
        str,
        About(
            "Thư mục chương trình PostgreSQL khác, ví dụ /usr/lib/postgresql/15/bin",
            "folder of other PostgreSQL programs, such as /usr/lib/postgresql/15/bin",
        ),
    ] = ""
    host: Annotated[str, About("Địa chỉ lắng nghe", "address to listen on")] = "127.0.0.1"
    port: Annotated[
        int, About("Cổng; 0: một cổng trống", "port; 0: any free one", least=0, most=65535)
    ] = 8000
    public_url: Annotated[
        str,
        About(
            "Địa chỉ người dân thấy, in trong mã QR; để trống: http://HOST:PORT",
            "what citizens see and QR codes carry; empty: http://HOST:PORT",
            schemes=("http", "https"),
        ),
    ] = ""
    embed_in: Annotated[
        str,
        About(
            "Các trang web được nhúng danh mục cấp bách, cách nhau bằng dấu cách, "
            "ví dụ https://danang.gov.vn https://*.danang.gov.vn; để trống: không trang nào",
            "websites that may show the urgent list inside their pages, parted by blanks, "
            "such as https://danang.gov.vn https://*.danang.gov.vn; empty: none",
        ),
    ] = ""
    web_processes: Annotated[
        int, About("Số tiến trình web", "number of web processes", least=1, most=128)
    ] = 1
    drain_seconds: Annotated[
        int,
        About(
            "Số giây tiến trình web còn trả lời sau khi được lệnh dừng, khi /readyz đã báo nghỉ",
            "seconds a web process still answers once told to stop, while /readyz says so",
            least=0,
            most=60,
        ),
    ] = 0
    forwarded_allow_ips: Annotated[
        str,
        About(
            "Địa chỉ các proxy được tin, cách nhau bằng dấu phẩy",
            "addresses of trusted proxies, parted by commas",
        ),
    ] = "127.0.0.1"
    ticket_secret: Annotated[
        str,
        About(
            "Khóa ký phiếu QR; để trống thì tạo trong DATA_DIR",
            "signs the QR tickets; empty: made in DATA_DIR",
            secret=True,
            shortest=32,
        ),
    ] = ""
    openid_issuer: Annotated[
        str,
        About(
            "Hệ thống đăng nhập chung của tổ chức (OpenID Connect); để trống: không dùng",
            "the organisation's own sign-in (OpenID Connect issuer); empty: none",
            schemes=("http", "https"),
        ),
    ] = ""
    openid_client_id: Annotated[
        str, About("Tên của dịch vụ này ở đó", "what this service is called there (client id)")
    ] = ""
    openid_client_secret: Annotated[
        str,
        About(
            "Khóa của dịch vụ này ở đó; để trống: chỉ PKCE",
            "its secret there; empty: a public client, with PKCE alone",
            secret=True,
        ),
    ] = ""
    openid_name: Annotated[
        str,
        About(
            "Tên trên nút đăng nhập; để trống: tên máy của OPENID_ISSUER",
            "what the button is called; empty: the host of OPENID_ISSUER",
        ),
    ] = ""
    openid_email: Annotated[
        str,
        About(
            "Nhận ra tài khoản có tên là địa chỉ email đã được nơi đó xác minh",
            "an account whose name is the e-mail address verified there becomes theirs",
            choices=("on", "off"),
        ),
    ] = "off"
    twilio_account_sid: Annotated[
        str,
        About(
            "Tài khoản Twilio; để trống thì không gửi tin nhắn",
            "Twilio account; empty: no text messages",
            pattern=r"AC[0-9a-fA-F]{32}",
        ),
    ] = ""
    twilio_auth_token: Annotated[str, About("Mã bí mật Twilio", "Twilio's secret", secret=True)] = (
        ""
    )
    twilio_from: Annotated[
        str,
        About(
            "Số gửi tin nhắn, dạng +84…",
            "number that sends, as +84…",
            pattern=r"\+[1-9][0-9]{5,14}|MG[0-9a-fA-F]{32}",
        ),
    ] = ""
    twilio_base_url: Annotated[
        str,
        About(
            "Máy chủ thay cho Twilio (để thử)",
            "a server in Twilio's place (for trials)",
            schemes=("http", "https"),
        ),
    ] = ""
    twilio_voice_from: Annotated[
        str,
        About(
            "Số gọi điện đọc tin cho máy cố định; để trống: như TWILIO_FROM",
            "number that telephones landlines; empty: as TWILIO_FROM",
            pattern=r"\+[1-9][0-9]{5,14}",
        ),
    ] = ""
    gateway_url: Annotated[
        str,
        About(
            "Địa chỉ nhận tin của cổng tin nhắn trong nước",
            "where a local gateway takes texts to be sent",
            schemes=("http", "https"),
        ),
    ] = ""
    gateway_secret: Annotated[
        str,
        About(
            "Khóa ký hai chiều với cổng tin nhắn",
            "signs what goes to the gateway and what comes from it",
            secret=True,
            shortest=16,
        ),
    ] = ""
    gateway_from: Annotated[
        str, About("Tên hoặc số gửi qua cổng tin nhắn", "sender's name or number at the gateway")
    ] = ""
    gateway_fields: Annotated[
        str,
        About(
            "Tên trường của cổng: to=dest, text=content; có: " + ", ".join(GATEWAY_FIELDS),
            "the gateway's names of fields, as to=dest, text=content; there are "
            + ", ".join(GATEWAY_FIELDS),
            pattern=PAIRS,
        ),
    ] = ""
    gateway_words: Annotated[
        str,
        About(
            "Từ của cổng: delivered=DELIVRD|0, failed=UNDELIV; có: " + ", ".join(GATEWAY_WORDS),
            "the gateway's words, as delivered=DELIVRD|0, failed=UNDELIV; there are "
            + ", ".join(GATEWAY_WORDS),
            pattern=PAIRS,
        ),
    ] = ""
    gateway_body: Annotated[
        str,
        About(
            "Dạng nội dung gửi tới cổng",
            "form of what the gateway is sent",
            choices=("json", "form"),
        ),
    ] = "json"
    gateway_replies: Annotated[
        str,
        About(
            "Trả lời tin đến: ngay trong phản hồi HTTP, hay thành một tin gửi đi",
            "incoming texts are answered in the HTTP answer, or by a message of its own",
            choices=("answer", "message"),
        ),
    ] = "answer"
    carrier_timeout: Annotated[
        int,
        About(
            "Số giây chờ nhà mạng trả lời",
            "seconds a carrier may take to answer",
            least=1,
            most=60,
        ),
    ] = 15
    hotline_number: Annotated[
        str,
        About(
            "Số tổng đài có người trực, cho ai gọi đến và bấm 0",
            "the hotline's number with people at it, for callers who press 0",
            pattern=r"\+?[0-9]{3,15}",
        ),
    ] = ""
    log_format: Annotated[
        str, About("Dạng nhật ký", "form of the log", choices=("text", "json"))
    ] = "text"
    group_limit: Annotated[
        int,
        About("Số lượt đặt tối đa mỗi nhóm", "most bookings in one group", least=1, most=1000),
    ] = 128
    line_limit: Annotated[
        int,
        About(
            "Số lượt đặt chờ tối đa của một cơ quan; quá số này trả lời 503",
            "most bookings waiting for one office; beyond it the answer is 503",
            least=1,
        ),
    ] = 2000
    streams_per_address: Annotated[
        int,
        About(
            "Số màn hình trực tiếp tối đa của một địa chỉ mạng",
            "most live boards of one network address",
            least=1,
        ),
    ] = 40
    failed_codes_per_hour: Annotated[
        int,
        About(
            "Số mã sai cho phép mỗi giờ của một địa chỉ hay thiết bị",
            "wrong codes allowed an hour from one address or device",
            least=1,
        ),
    ] = 30
    failed_sign_ins_per_hour: Annotated[
        int,
        About(
            "Số lần đăng nhập sai mỗi giờ vào một tài khoản từ một địa chỉ mạng",
            "wrong sign-ins an hour to one account from one network address",
            least=1,
        ),
    ] = 10
    session_idle_minutes: Annotated[
        int,
        About(
            "Số phút không thao tác thì phải đăng nhập lại",
            "minutes without a touch after which one signs in again",
            least=1,
        ),
    ] = 60
    session_hours: Annotated[
        int,
        About(
            "Số giờ tối đa của một lần đăng nhập",
            "hours after which one signs in again in any case",
            least=1,
        ),
    ] = 12
    requests_per_minute: Annotated[
        int,
        About(
            "Số yêu cầu mỗi phút của một địa chỉ mạng; 0: không giới hạn; trừ thiết bị của cơ quan",
            "requests a minute from one network address; 0: any number; but devices of the office",
            least=0,
        ),
    ] = 3000
    token_requests_per_minute: Annotated[
        int,
        About(
            "Số yêu cầu mỗi phút của một mã đăng nhập; 0: không giới hạn; trừ kiosk, màn hình",
            "requests a minute with one token; 0: any number; but kiosks, boards, boxes",
            least=0,
        ),
    ] = 600
    bookings_per_hour: Annotated[
        int,
        About(
            "Số lần đặt mỗi giờ từ một địa chỉ mạng; 0: không giới hạn",
            "bookings tried an hour from one network address; 0: any number",
            least=0,
        ),
    ] = 1500
    phone_bookings_per_hour: Annotated[
        int,
        About(
            "Số lần đặt mỗi giờ với một số điện thoại, qua web và API; 0: không giới hạn",
            "bookings tried an hour with one phone number, by web and API; 0: any number",
            least=0,
        ),
    ] = 20
    ticket_changes_per_hour: Annotated[
        int,
        About(
            "Số lần đổi, hủy mỗi giờ của một phiếu; 0: không giới hạn",
            "changes an hour to one ticket; 0: any number",
            least=0,
        ),
    ] = 20
    metrics_token: Annotated[
        str,
        About(
            "Mã để đọc /metrics từ máy khác; để trống: chỉ máy này",
            "lets other machines read /metrics; empty: this machine only",
            secret=True,
            shortest=16,
        ),
    ] = ""
    access_log: Annotated[
        str,
        About(
            "Ghi nhật ký từng yêu cầu (không ghi mã phiếu)",
            "write a line for each request (without tickets' addresses)",
            choices=("on", "off"),
        ),
    ] = "off"
    command_log: Annotated[
        str,
        About(
            "Ghi một dòng cho mỗi lệnh: cơ quan, kết quả, thời gian",
            "write a line for each command: office, outcome, duration",
            choices=("on", "off"),
        ),
    ] = "on"
    box_hub: Annotated[
        str,
        About(
            "Địa chỉ trung tâm của máy đặt tại nơi giao dịch này; để trống: đây là trung tâm",
            "the hub of the box that this is, as citizens' phones reach it; empty: this is a hub",
            schemes=("http", "https"),
        ),
    ] = ""
    box_token: Annotated[
        str, About("Mã (vai trò box) của máy tại nơi giao dịch", "token of the box", secret=True)
    ] = ""
    box_office: Annotated[
        str,
        About(
            "Nơi giao dịch của máy này",
            "the office that the box looks after",
            pattern=r"[a-z0-9]+(-[a-z0-9]+)*",
        ),
    ] = ""
    box_name: Annotated[
        str, About("Tên của máy; để trống: tên máy tính", "the box's name; empty: its host's name")
    ] = ""
    clock_shift: Annotated[
        int,
        About(
            "Số giây đồng hồ hệ thống đi trước đồng hồ cơ sở dữ liệu (chỉ để trình diễn)",
            "seconds the service's clock is ahead of the database's (demonstrations only)",
        ),
    ] = 0
    demo: Annotated[
        str,
        About(
            "Trang đầu liệt kê địa chỉ mọi màn hình (chỉ để trình diễn)",
            "the first page lists the addresses of all devices (demonstrations only)",
            choices=("on", "off"),
        ),
    ] = "off"

    @cached_property
    def ticket_address(self) -> str:
        """Where tickets lead: to the hub, for visitors' phones do not reach a box."""
        return self.box_hub.rstrip("/") or self.address

    @cached_property
    def address(self) -> str:
        """Where citizens find the service, without a slash at the end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "127.0.0.1" if self.host in ("", "0.0.0.0", "::") else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def ticket_secret(settings: Settings) -> str:
    """The secret the ticket keys derive from; made once in DATA_DIR when none is set."""
    if settings.ticket_secret:
        return settings.ticket_secret
    path = settings.data_dir / TICKET_SECRET_FILE
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Linked into place only when whole, and never over the secret of a quicker process.
        with tempfile.NamedTemporaryFile("w", dir=settings.data_dir) as fresh:
            fresh.write(secrets.token_urlsafe(48))
            fresh.flush()
            os.fsync(fresh.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(fresh.name, path)
    return path.read_text("ascii").strip()


@dataclass(frozen=True)
class Known:
    """One setting as people write it."""

    name: str
    field: str
    kind: type
    default: Any
    about: About


def known() -> list[Known]:
    hints = get_type_hints(Settings, include_extras=True)
    found: list[Known] = []
    for field in fields(Settings):
        hint = hints[field.name]
        assert get_origin(hint) is Annotated
        kind, about = get_args(hint)
        found.append(Known(field.name.upper(), field.name, kind, field.default, about))
    return found


def load(
    environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")
) -> Settings:
    """Reads every setting; the environment wins over the file, a value over a NAME_FILE."""
    environ = os.environ if environ is None else environ
    problems: list[str] = []
    written = _read_env_file(env_file, problems) if env_file else {}
    values: dict[str, Any] = {}
    for setting in known():
        text = _text(setting, environ, written, problems)
        if text is None:
            continue
        try:
            values[setting.field] = _value(setting, text)
        except ValueError as error:
            problems.append(f"{setting.name}: {error}")
    settings = Settings(**values)
    if settings.twilio_account_sid:
        problems.extend(
            f"{name}: chưa có, cần cho Twilio / missing, Twilio needs it"
            for name in ("TWILIO_AUTH_TOKEN", "TWILIO_FROM")
            if not getattr(settings, name.lower())
        )
    if bool(settings.openid_issuer) != bool(settings.openid_client_id):
        missing = "OPENID_CLIENT_ID" if settings.openid_issuer else "OPENID_ISSUER"
        problems.append(
            f"{missing}: chưa có, cần cho OpenID Connect / missing, OpenID Connect needs it"
        )
    if bool(settings.gateway_url) != bool(settings.gateway_secret):
        missing = "GATEWAY_SECRET" if settings.gateway_url else "GATEWAY_URL"
        problems.append(
            f"{missing}: chưa có, cần cho cổng tin nhắn / missing, the gateway needs it"
        )
    for name, text, names in (
        ("GATEWAY_FIELDS", settings.gateway_fields, GATEWAY_FIELDS),
        ("GATEWAY_WORDS", settings.gateway_words, GATEWAY_WORDS),
    ):
        problems.extend(
            f"{name}: không có / there is no {ours}; {', '.join(names)}"
            for ours, _ in pairs(text)
            if ours not in names
        )
    if settings.database_owner_url and not settings.database_url:
        problems.append("DATABASE_URL: chưa có / missing, though DATABASE_OWNER_URL is set")
    for site in settings.embed_in.split():
        if not SITE.fullmatch(site):
            problems.append(
                f"EMBED_IN: {site!r} không phải https://tên-miền / is not https://name-of-a-site"
            )
    if problems:
        raise SettingsError(problems)
    return settings


def pairs(text: str) -> list[tuple[str, str]]:
    """What a setting of the form `ours=theirs, ours=theirs` says."""
    parts = (part.partition("=") for part in text.split(",") if part.strip())
    return [(ours.strip(), theirs.strip()) for ours, _, theirs in parts]


def _text(
    setting: Known, environ: Mapping[str, str], written: Mapping[str, str], problems: list[str]
) -> str | None:
    for source in (environ, written):
        if text := source.get(setting.name, ""):
            return text
        path = source.get(f"{setting.name}_FILE", "") if setting.about.secret else ""
        if path:
            try:
                return Path(path).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                problems.append(
                    f"{setting.name}_FILE: không đọc được / cannot be read: {path} "
                    f"({getattr(error, 'strerror', None) or 'UTF-8'})"
                )
                return None
    return None


def _value(setting: Known, text: str) -> Any:
    about = setting.about
    shown = "***" if about.secret else text
    if "\0" in text or any(ord(c) < 32 for c in text):
        raise ValueError("có ký tự điều khiển / holds control characters")
    if setting.kind is int:
        if not re.fullmatch(r"-?[0-9]{1,15}", text):
            raise ValueError(f"phải là số nguyên / must be a whole number, not {shown!r}")
        number = int(text)
        if about.least is not None and number < about.least:
            raise ValueError(f"nhỏ nhất là / at least {about.least}, not {number}")
        if about.most is not None and number > about.most:
            raise ValueError(f"lớn nhất là / at most {about.most}, not {number}")
        return number
    if setting.kind is Path:
        return Path(text).expanduser()
    if about.choices and text not in about.choices:
        raise ValueError(f"phải là / must be {' | '.join(about.choices)}, not {shown!r}")
    if about.schemes:
        _check_url(text, about)
    if about.pattern and not re.fullmatch(about.pattern, text):
        raise ValueError(f"không đúng dạng / is not of the right form: {shown!r}")
    if len(text) < about.shortest:
        raise ValueError(f"cần ít nhất / needs at least {about.shortest} characters")
    return text


def _check_url(text: str, about: About) -> None:
    shape = " | ".join(f"{scheme}://…" for scheme in about.schemes)
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    web = "http" in about.schemes
    if parts.scheme not in about.schemes or (web and not parts.hostname):
        raise ValueError(f"phải có dạng / must look like {shape}")
    if web and (parts.query or parts.fragment):
        raise ValueError("không được có ? hay # / must not hold ? or #")


def _read_env_file(path: Path, problems: list[str]) -> dict[str, str]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        problems.append(f"{path}: không đọc được / cannot be read")
        return {}
    names = {setting.name for setting in known()}
    names |= {f"{setting.name}_FILE" for setting in known() if setting.about.secret}
    written: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        line = line.strip().removeprefix("export ").strip()
        if not line or line.startswith("#"):
            continue
        name, equals, text = line.partition("=")
        name, text = name.strip(), text.strip()
        if not equals:
            problems.append(f"{path}:{number}: phải là TÊN=giá trị / must be NAME=value")
            continue
        if name not in names:
            near = difflib.get_close_matches(name, names, 1)
            hint = f"; {near[0]}?" if near else ""
            problems.append(f"{path}:{number}: không có / there is no setting {name}{hint}")
            continue
        if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
            text = text[1:-1]
        else:
            text = re.sub(r"\s+#.*$", "", text)
        written[name] = text
    return written


def describe(settings: Settings) -> str:
    """All settings with meaning, default and what holds now; secrets are not shown."""
    parts: list[str] = []
    for setting in known():
        value = getattr(settings, setting.field)
        default = f"{setting.default}" or '""'
        now = f"{value}" or '""'
        if setting.about.secret:
            now = "***" if value else '""'
        also = f" (+ {setting.name}_FILE)" if setting.about.secret else ""
        parts.append(
            f"{setting.name}={now}\n"
            f"    {setting.kind.__name__}, mặc định / default: {default}{also}\n"
            f"    {setting.about.vi}\n    {setting.about.en}"
        )
    return "\n".join(parts)
