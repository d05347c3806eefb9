"""The citizen's pages: find an office and a service, book a time, carry the ticket."""

from starlette.routing import Route

from queue_service.citizen import booking, finding, proving, ticket, waiting

ROUTES: list[Route] = [
    *finding.ROUTES,
    *booking.ROUTES,
    *ticket.ROUTES,
    *proving.ROUTES,
    *waiting.ROUTES,
]
