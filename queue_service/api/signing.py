"""The installation's ticket keys, derived once."""

from functools import lru_cache

from queue_service.settings import Settings, ticket_secret
from queue_service.tickets import TicketKeys


@lru_cache(maxsize=4)
def keys_of(settings: Settings) -> TicketKeys:
    return TicketKeys(ticket_secret(settings))
