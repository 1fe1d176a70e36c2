"""What the web room asks of the service it serves: the smallest shapes that do, nothing to inherit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from flask import Blueprint

from habeas.clock import Clock


class Origins(Protocol):
    """The settings that pages depend on."""

    @property
    def portal_url(self) -> str:
        """Return the origin that people and agents see."""

    @property
    def download_url(self) -> str:
        """Return the second origin, where files are handed out."""


class Secrets(Protocol):
    """The part of the keyring that pages use."""

    def secret(self, owner: str, name: str) -> bytes:
        """Return the 32-byte secret of that owner and name, the same in every process."""


class WebService(Protocol):
    """The wiring of one service, as far as its HTTP door goes."""

    @property
    def name(self) -> str:
        """Return the service's name."""

    @property
    def blueprints(self) -> Sequence[Callable[[Any], Blueprint]]:
        """Return the makers of its blueprints; each is called with the context."""


class WebContext(Protocol):
    """One running service, as far as its HTTP door goes."""

    @property
    def service(self) -> WebService:
        """Return the service's wiring."""

    @property
    def settings(self) -> Origins:
        """Return what the process was told."""

    @property
    def clock(self) -> Clock:
        """Return who tells the time."""

    @property
    def keys(self) -> Secrets:
        """Return the keyring."""


class ControllerText(Protocol):
    """Who stands at the head and foot of a page: the part of a profile that pages show."""

    @property
    def controller(self) -> Any:
        """Return name, languages and authority of the company."""


Profiles = Mapping[str, ControllerText]
