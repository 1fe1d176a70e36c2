"""The server under an app: waitress, stopped by an event without dropping an answer that is being given."""

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

WATCH_SECONDS = 0.5
"""How often an idle server looks whether it should stop."""
GRACE_SECONDS = 10.0
"""How long answers that are being given may take after the stop."""


class Listener:
    """One listening address and the app behind it; bound when made, so that `port` is known before it runs."""

    def __init__(
        self,
        app: "WSGIApplication",
        host: str,
        port: int,
        *,
        threads: int = 8,
        trusted_proxy: str = "",
        scheme: str = "http",
    ) -> None:
        self._map: dict[int, Any] = {}
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        proxy: dict[str, Any] = {}
        if trusted_proxy:
            proxy = {
                "trusted_proxy": trusted_proxy,
                "trusted_proxy_headers": {"x-forwarded-for"},
                "trusted_proxy_count": 1,
            }
        self._server = create_server(
            app, map=self._map, host=host, port=port, threads=threads, ident=None, url_scheme=scheme,
            clear_untrusted_proxy_headers=True, expose_tracebacks=False, **proxy,
        )  # fmt: skip
        self._gates = [each for each in self._map.values() if getattr(each, "accepting", False)]
        self.port = int(self._gates[0].effective_port)

    def run(self, stop: threading.Event) -> None:
        """Answer until `stop` is set; then take no new connection and finish the answers under way."""
        try:
            while not stop.is_set():
                wasyncore.loop(timeout=WATCH_SECONDS, use_poll=True, map=self._map, count=1)
            self._finish()
        finally:
            self._server.task_dispatcher.shutdown(timeout=1)
            wasyncore.close_all(self._map)

    def _finish(self) -> None:
        for gate in self._gates:
            gate.del_channel()
            gate.accepting = False
            gate.socket.close()
        until = time.monotonic() + GRACE_SECONDS
        while self._is_answering() and time.monotonic() < until:
            wasyncore.loop(timeout=0.05, use_poll=True, map=self._map, count=1)

    def _is_answering(self) -> bool:
        channels = [each for each in list(self._map.values()) if isinstance(each, HTTPChannel)]
        return any(each.requests or each.total_outbufs_len for each in channels)


def serve(
    app: "WSGIApplication",
    host: str,
    port: int,
    threads: int = 8,
    *,
    stop: threading.Event | None = None,
    trusted_proxy: str = "",
    scheme: str = "http",
) -> None:
    """Serve an app until `stop` is set (for good if None).

    `trusted_proxy` is the address of the one proxy whose X-Forwarded-For is believed; from anybody else every
    forwarding header is dropped. `scheme` is what people see, https behind a proxy that ends TLS.
    """
    Listener(app, host, port, threads=threads, trusted_proxy=trusted_proxy, scheme=scheme).run(
        stop or threading.Event()
    )
