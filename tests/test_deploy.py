"""What lies in deploy/ names only what there is: metrics, ports, settings, files."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import msgspec
import pytest

from queue_service import db
from queue_service.__main__ import COMMANDS
from queue_service.settings import Settings
from tests.lobby import Lobby
from tests.offices import make_office
from tests.serving import BEGINS, Served

pytestmark = pytest.mark.anyio

DEPLOY = Path(__file__).parent.parent / "deploy"
# Counted by processes that have done something of the kind; a fresh one has not yet.
METRIC = re.compile(r"\bqueue_[a-z_]+")


async def test_every_metric_of_dashboard_and_alerts_is_on_the_page(
    served: Served, pool: db.Pool
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    async with httpx2.AsyncClient(base_url=served.url, timeout=30) as client:
        page = (await client.get("/metrics")).text
    there = set(re.findall(r"^# TYPE (\w+)", page, re.MULTILINE))
    there |= {f"{name}_{part}" for name in there for part in ("bucket", "sum", "count")}
    for name in ("grafana-dashboard.json", "prometheus-alerts.yml"):
        named = set(METRIC.findall((DEPLOY / name).read_text()))
        assert len(named) >= 5
        assert named - there == set(), name
    assert f'queue_area_cap{{area="hall",office="{lobby.office.slug}"}} 20.0' in page


async def test_late_jobs_and_the_day_s_drift_are_counted(served: Served, pool: db.Pool) -> None:
    office = await make_office(pool)
    lobby = Lobby(pool, office)
    await lobby.do("recount", "07:40", "hall", 5)
    await lobby.do("recount", "07:50", "hall", 2)
    booked = await lobby.book("10:00", phone="+84905123456", now="07:41")
    assert office.at("08:00") <= BEGINS
    async with httpx2.AsyncClient(base_url=served.url, timeout=30) as client:
        page = (await client.get("/metrics")).text

    def value(name: str) -> float:
        found = re.search(rf'^{name}{{office="{office.slug}"}} (\S+)$', page, re.MULTILINE)
        assert found, name
        return float(found[1])

    assert value("queue_drift_today") == 8
    assert value("queue_jobs_waiting") >= 1
    assert value("queue_jobs_late_seconds") >= 600
    assert booked["code"] not in page
    assert uuid4().hex not in page


def test_the_dashboard_is_one_and_has_a_panel_for_each_alert_of_the_lobby() -> None:
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    asked = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    for metric in ("queue_devices_silent", "queue_jobs_late_seconds", "queue_drift_today"):
        assert metric in asked
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


@pytest.mark.parametrize("name", ["environment.example", "compose.yaml"])
def test_every_setting_that_is_named_is_one(name: str) -> None:
    known = {field.upper() for field in Settings.__dataclass_fields__}
    named = re.findall(r"^\s*([A-Z][A-Z_]+)[=:] ?", (DEPLOY / name).read_text(), re.MULTILINE)
    ours = {one.removesuffix("_FILE") for one in named if not one.startswith("POSTGRES_")}
    proxy_s = set(re.findall(r"\{\$([A-Z]+):", (DEPLOY / "Caddyfile").read_text()))
    assert ours - known - proxy_s == set()


def test_the_compose_file_names_only_what_there_is() -> None:
    compose: Any = msgspec.yaml.decode((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    known = {line.name for line in COMMANDS}
    for name, one in services.items():
        for part in ("secrets", "networks"):
            assert set(one.get(part, ())) <= set(compose[part]), (name, part)
        assert set(one.get("depends_on", ())) <= set(services), name
        for volume in one.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in compose["volumes"] or (DEPLOY / source).is_file(), (name, source)
        if one["image"] == "queue-service":
            assert set(one["command"]) <= known, name
            named = {key.removesuffix("_FILE") for key in one["environment"] if "FILE" in key}
            told = {path.rpartition("/")[2] for path in one["environment"].values()}
            assert {key.lower() for key in named} <= told & set(one["secrets"]), name
    port = compose["x-service"]["environment"]["PORT"]
    behind = services["proxy"]["environment"]["WEB"].split()
    webs = [name for name, one in services.items() if one.get("command") == ["web"]]
    assert behind == [f"{name}:{port}" for name in webs]


def test_units_restart_what_the_rolling_restart_and_the_target_name() -> None:
    target = (DEPLOY / "queue-service.target").read_text()
    for port in (8001, 8002):
        assert f"queue-service-web@{port}.service" in target
        assert f"127.0.0.1:{port}" in (DEPLOY / "nginx.conf").read_text()
        assert f"127.0.0.1:{port}" in (DEPLOY / "Caddyfile").read_text()
        assert str(port) in (DEPLOY / "rolling-restart").read_text()


def put_in_place(to: Path, *arguments: str, token: str = "a key\n") -> tuple[int, str]:
    done = subprocess.run(
        [DEPLOY / "install-box", *arguments],
        input=token,
        env={**os.environ, "DESTDIR": str(to)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def test_one_command_puts_a_box_in_place_and_again_changes_it(tmp_path: Path) -> None:
    assert put_in_place(tmp_path, "https://old.example", "my-office") == (0, "")
    status, said = put_in_place(tmp_path, "https://hub.example:8443", "ward-9", token=" new\n")
    assert (status, said) == (0, "")
    place = tmp_path / "etc/queue-service"
    assert (place / "box").read_text() == (
        "BOX_HUB=https://hub.example:8443\nBOX_OFFICE=ward-9\n"
        "BOX_TOKEN_FILE=/etc/queue-service/token\n"
    )
    assert (place / "token").read_text() == "new\n"
    assert (place / "token").stat().st_mode & 0o777 == 0o600
    assert place.stat().st_mode & 0o777 == 0o700
    unit = tmp_path / "etc/systemd/system/queue-service-box.service"
    [program] = re.findall(r"^ExecStart=(\S+) box$", unit.read_text(), re.MULTILINE)
    assert os.access(program, os.X_OK)
    # everything else is read-only to it: what it writes in passing needs a place, too
    assert "ProtectSystem=strict" in unit.read_text()
    assert "PrivateTmp=yes" in unit.read_text()
    if shutil.which("systemd-analyze"):
        check = ["systemd-analyze", "verify", unit]
        judged = subprocess.run(check, capture_output=True, text=True, check=False)
        assert (judged.returncode, judged.stderr) == (0, "")


@pytest.mark.parametrize("wish", ["--pair", "--again", "--hand-back"])
def test_what_is_asked_of_a_box_needs_a_box(tmp_path: Path, wish: str) -> None:
    status, said = put_in_place(tmp_path, wish)
    assert (status, "This machine is no box yet." in said) == (1, True)
    assert not list(tmp_path.iterdir())


def test_a_box_without_a_key_is_put_in_place_to_show_a_code(tmp_path: Path) -> None:
    assert put_in_place(tmp_path, "https://hub.example", "ward-9", token="") == (0, "")
    place = tmp_path / "etc/queue-service"
    assert (place / "box").read_text() == "BOX_HUB=https://hub.example\nBOX_OFFICE=ward-9\n"
    assert not (place / "token").exists()


@pytest.mark.parametrize(
    ("hub", "office", "token", "why"),
    [
        ("hub.example", "ward-9", "key", "no address of a hub"),
        ('https://a" b', "ward-9", "key", "no address of a hub"),
        ("https://hub.example", "ward 9;x", "key", "no office"),
    ],
)
def test_a_box_is_not_put_in_place_with_nonsense(
    tmp_path: Path, hub: str, office: str, token: str, why: str
) -> None:
    status, said = put_in_place(tmp_path, hub, office, token=token)
    assert status == 1
    assert why in said
    assert list(tmp_path.iterdir()) == []


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("units are not looked at: no systemd-analyze")
    for path in [*DEPLOY.glob("*.service"), DEPLOY / "queue-service.target"]:
        text = re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", path.read_text())
        (tmp_path / path.name).write_text(text)
    names = ["queue-service.target", "queue-service-web@8001.service"]
    names += ["queue-service-worker.service", "queue-service-box.service"]
    done = subprocess.run(
        [program, "verify", "--man=no", *(str(tmp_path / name) for name in names)],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "queue-service" in line]
    assert (done.returncode, ours) == (0, [])
