"""Static files, held in memory and served under the hash of all of them."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HERE = Path(__file__).parent
FOLDERS = {
    "": HERE / "static",
    "kiosk/": HERE.parent / "kiosk" / "static",
    "display_board/": HERE.parent / "display_board" / "static",
}
TYPES = {".woff2": "font/woff2", ".js": "text/javascript; charset=utf-8"}
FOREVER = "public, max-age=31536000, immutable"


@cache
def files() -> dict[str, bytes]:
    """Name and content of every file; a device's own files stand under its name."""
    return {
        prefix + path.relative_to(folder).as_posix(): path.read_bytes()
        for prefix, folder in FOLDERS.items()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@cache
def digest() -> str:
    """One hash for all: a style sheet may then name its fonts by their plain names."""
    whole = hashlib.sha256()
    for name, content in files().items():
        whole.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return whole.hexdigest()[:12]


def static(name: str) -> str:
    if name not in files():
        raise LookupError(f"no static file {name}")
    return f"/static/{digest()}/{name}"


async def serve(request: Request) -> Response:
    name = request.path_params["name"]
    content = files().get(name)
    if content is None:
        return Response("not found", 404, media_type="text/plain")
    # A page from before an update asks by the old hash: it gets today's file, but does not keep it.
    caching = FOREVER if request.path_params["digest"] == digest() else "no-cache"
    kind = TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0]
    return Response(
        content, media_type=kind or "application/octet-stream", headers={"cache-control": caching}
    )


ROUTES = [Route("/static/{digest}/{name:path}", serve, methods=["GET"], name="static")]
