"""The citizen's pages: find an office and a service, book a time, carry the ticket."""

from starlette.routing import Route

from queue_service.citizen import booking, busy, finding, own_data, proving, rota, ticket, waiting

ROUTES: list[Route] = [
    *finding.ROUTES,
    *busy.ROUTES,
    *rota.ROUTES,
    *booking.ROUTES,
    *ticket.ROUTES,
    *own_data.ROUTES,
    *proving.ROUTES,
    *waiting.ROUTES,
]
