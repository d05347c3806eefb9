"""A manager's pages; each adds its routes here and its line to frame.PAGES."""

from queue_service.manager import accounts, audit, index, live, statistics

ROUTES = [
    *live.ROUTES,
    *statistics.ROUTES,
    *index.ROUTES,
    *accounts.ROUTES,
    *audit.ROUTES,
]
