"""One origin, several services: the first segment of the path says whose page it is."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Dispatcher:
    """Hand a request to the service that owns the first segment of its path, and all others to the default.

    The path is passed on whole, as an ingress does it, so that a service answers the same in both modes. Without a
    default whatever has no owner is not found: so a second origin shows its own segments only.
    """

    def __init__(self, owners: "Mapping[str, WSGIApplication]", *, default: "WSGIApplication | None" = None) -> None:
        self._owners = dict(owners)
        self._default = default

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as the owner of the path answers."""
        segment = str(environ.get("PATH_INFO", "")).removeprefix("/").partition("/")[0]
        owner = self._owners.get(segment, self._default)
        if owner is None:
            start_response("404 Not Found", [("Content-Length", "0"), ("Cache-Control", "no-store")])
            return []
        return owner(environ, start_response)
