"""Our own static files, under addresses that change with their content, so that a browser may keep them for good."""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request

from habeas.web.access import everywhere, open_to

FOLDER = Path(__file__).parent / "static"

assets = Blueprint("assets", __name__)


def add_assets(app: Flask) -> None:
    """Serve the static files and give templates `asset(name)`, the address of one of them."""
    app.register_blueprint(assets)
    app.jinja_env.globals["asset"] = asset_url


@cache
def _read(name: str) -> tuple[bytes, bytes, str]:
    """Return the file, the file compressed, and the first 16 hex digits of its SHA-256."""
    content = (FOLDER / name).read_bytes()
    return content, gzip.compress(content, mtime=0), hashlib.sha256(content).hexdigest()[:16]


@cache
def _names() -> frozenset[str]:
    return frozenset(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())


def asset_url(name: str) -> str:
    """Return the address of a static file, for example `habeas.css`."""
    return f"/static/{_read(name)[2]}/{name}"


@assets.get("/static/<digest>/<path:name>")
@open_to(everywhere)
def send(digest: str, name: str) -> Response:
    """Send a static file; under an address of another version the present one, which is not to be kept."""
    if name not in _names():
        abort(404)
    content, compressed, current = _read(name)
    response = Response(content, mimetype=mimetypes.guess_type(name)[0] or "text/plain")
    if request.accept_encodings["gzip"] > 0:
        response.set_data(compressed)
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if digest == current else "no-cache"
    return response
