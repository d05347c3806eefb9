"""What somebody wants done, carried from page to page in the address."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from queue_service import reads, web
from queue_service.db import Refused
from queue_service.group_commit import Wanted
from queue_service.web import AppRequest

MOST_SERVICES = 10
MOST_COPIES = 100


@dataclass(frozen=True, slots=True)
class Basket:
    """The services chosen so far. No session: the address says it, so Back and sharing work."""

    wanted: tuple[Wanted, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted)

    @property
    def fields(self) -> list[tuple[str, str]]:
        return [("s", f"{one.service}*{one.quantity}") for one in self.wanted]

    def query(self, **more: object) -> str:
        return urlencode([*self.fields, *((name, str(value)) for name, value in more.items())])

    def without(self, service: str) -> "Basket":
        return Basket(tuple(one for one in self.wanted if one.service != service))

    def add(self, service: str, quantity: int) -> "Basket":
        return Basket((*self.without(service).wanted, Wanted(service, quantity)))

    def rows(self) -> list[dict[str, object]]:
        return [{"service": one.service, "quantity": one.quantity} for one in self.wanted]


@dataclass(frozen=True, slots=True)
class Shop:
    """An office and its services, and what of them is wanted."""

    office_id: int
    office: Mapping[str, Any]
    services: Mapping[str, Mapping[str, Any]]
    basket: Basket

    @property
    def chosen(self) -> list[tuple[Mapping[str, Any], int]]:
        return [(self.services[one.service], one.quantity) for one in self.basket.wanted]

    @property
    def scarce(self) -> bool:
        """Whether the visit is for one named person."""
        return any(service["scarce"] for service, _ in self.chosen)

    @property
    def path(self) -> str:
        return f"/o/{self.office['slug']}"

    def url(self, page: str = "", **more: object) -> str:
        query = self.basket.query(**more)
        path = f"{self.path}/{page}" if page else self.path
        return f"{path}?{query}" if query else path


async def enter(request: AppRequest) -> Shop:
    """Reads the office and the wishes in the address; an unknown service is refused."""
    office_id = await web.office_of(request)
    state = request.state
    at = state.clock.now()
    office = await reads.office(state.pool, office_id, at)
    services = {row["service"]: row for row in await reads.services(state.pool, office_id, at)}
    query = request.query_params
    basket = Basket(tuple(_wishes(query.getlist("s"))))
    if added := query.get("add"):
        basket = basket.add(added, _quantity(query.get("quantity", "1")))
    if dropped := query.get("drop"):
        basket = basket.without(dropped)
    if len(basket.wanted) > MOST_SERVICES:
        raise Refused("too_many_services", 422, {"most": MOST_SERVICES})
    _all_known(basket.wanted, services)
    return Shop(office_id, office, services, basket)


def _wishes(texts: Sequence[str]) -> Iterable[Wanted]:
    seen: set[str] = set()
    for text in texts:
        service, _, quantity = text.partition("*")
        if service not in seen:
            seen.add(service)
            yield Wanted(service, _quantity(quantity or "1"))


def _all_known(wanted: Iterable[Wanted], services: Mapping[str, object]) -> None:
    for one in wanted:
        if one.service not in services:
            raise Refused("unknown_service", 422, {})


def _quantity(text: str) -> int:
    """A count somebody typed or tampered with; nonsense is one."""
    text = text.strip()
    digits = text.isdecimal() and len(text) <= 6
    return min(max(int(text), 1), MOST_COPIES) if digits else 1
