"""Is it up, may it be sent requests, and what does it count: /healthz, /readyz, /metrics."""

import asyncio
import os
import secrets

import prometheus_client
from prometheus_client import CollectorRegistry, Gauge, multiprocess
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from queue_service import machines, migrate, reads
from queue_service.db import Refused, Unavailable, call
from queue_service.web import AppRequest, this_machine


async def healthz(request: AppRequest) -> Response:
    return PlainTextResponse("ok\n", headers={"cache-control": "no-store"})


async def readyz(request: AppRequest) -> Response:
    """503 names what is missing, so that whoever watches need not guess."""
    state = request.state
    found = {
        "database": False,
        "migrations": False,
        "clock": False,
        "listener": state.listener.connected,
        "disk": not machines.disk_full(state.settings.data_dir),
        "staying": not request.app.state.leaving,
    }
    try:
        async with asyncio.timeout(3):
            rows = await call(state.pool, "applied_migrations")
            found["database"] = True
            found["migrations"] = not migrate.missing({row["name"]: row["sha"] for row in rows})
            await state.clock.measure(state.pool)
            found["clock"] = state.clock.ready
    except (Unavailable, TimeoutError):
        pass
    ready = all(found.values())
    body = {"ready": ready, **found}
    return JSONResponse(body, 200 if ready else 503, {"cache-control": "no-store"})


async def metrics(request: AppRequest) -> Response:
    if not _may_read_metrics(request):
        raise Refused("forbidden", 403, {})
    registry = prometheus_client.REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    text = prometheus_client.generate_latest(registry)
    text += prometheus_client.generate_latest(await _floor(request))
    return Response(text, media_type=prometheus_client.CONTENT_TYPE_LATEST)


async def _floor(request: AppRequest) -> CollectorRegistry:
    """What is read at the moment of asking; a database that is away leaves it out."""
    registry = CollectorRegistry()
    present = Gauge(
        "queue_present", "People present, staff included", ["office", "area"], registry=registry
    )
    cap = Gauge("queue_area_cap", "Most people allowed", ["office", "area"], registry=registry)
    jobs = Gauge("queue_jobs_waiting", "Jobs not ended", ["office"], registry=registry)
    per_office = {
        "jobs": jobs,
        "late": Gauge(
            "queue_jobs_late_seconds", "Age of the oldest due job", ["office"], registry=registry
        ),
        "silent": Gauge(
            "queue_devices_silent", "Devices in trouble", ["office"], registry=registry
        ),
        "drift": Gauge(
            "queue_drift_today", "People corrected by recounts", ["office"], registry=registry
        ),
    }
    try:
        offices = await reads.metrics(request.state.pool, request.state.clock.now())
    except Unavailable:
        return registry
    for office in offices:
        for name, gauge in per_office.items():
            gauge.labels(office["office"]).set(office[name])
        for area in office["areas"]:
            present.labels(office["office"], area["area"]).set(area["present"])
            if area["cap"] is not None:
                cap.labels(office["office"], area["area"]).set(area["cap"])
    return registry


def _may_read_metrics(request: AppRequest) -> bool:
    """This machine itself, or whoever has the token; what a proxy passes on is not this machine."""
    wanted = request.state.settings.metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if wanted and secrets.compare_digest(given.encode(), wanted.encode()):
        return True
    return this_machine(request)


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
