"""A manager's pages; each adds its routes here and its line to frame.PAGES."""

from queue_service.manager import (
    accounts,
    audit,
    box,
    changes,
    devices,
    file,
    filed,
    index,
    live,
    people,
    rota,
    rota_rules,
    rules,
    statistics,
)

ROUTES = [
    *live.ROUTES,
    *statistics.ROUTES,
    *filed.ROUTES,
    *index.ROUTES,
    *rules.ROUTES,
    *rota.ROUTES,
    *rota_rules.ROUTES,
    *people.ROUTES,
    *file.ROUTES,
    *changes.ROUTES,
    *accounts.ROUTES,
    *audit.ROUTES,
    *box.ROUTES,
    *devices.ROUTES,
]
