"""Page: where a manager begins."""

from starlette.responses import Response
from starlette.routing import Route

from queue_service import web
from queue_service.manager import frame
from queue_service.web import AppRequest


async def index(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    troubles = await web.troubles(request, office)
    return frame.page(request, office, "index.html", {"troubles": troubles})


ROUTES = [Route("/manage/{office}", index, methods=["GET"], name="manage")]
