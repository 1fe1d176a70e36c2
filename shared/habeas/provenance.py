"""Where a connector's class comes from: its name, its distribution, and the promise it was written for."""

import re
from importlib.metadata import entry_points, packages_distributions, version

from habeas.sdk import Connector

GROUP = "habeas.connectors"
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def name_of(connector: type[Connector]) -> str:
    """Name a connector as its entry point does; without one, as its class without the word Connector."""
    for point in entry_points(group=GROUP):
        if point.value == python_of(connector) or _is(point.value, connector):
            return point.name.replace("_", "-").lower()
    words = [word.lower() for word in _WORD.findall(connector.__name__)]
    return "-".join(words[:-1] if words[-1] == "connector" and len(words) > 1 else words)


def python_of(connector: type[Connector]) -> str:
    """Name the class as Python finds it: `package.module:Class`."""
    return f"{connector.__module__}:{connector.__qualname__}"


def origin_of(connector: type[Connector]) -> tuple[str, str]:
    """Name the distribution that the class comes from, and its version; two empty texts if it comes from none."""
    for point in entry_points(group=GROUP):
        if _is(point.value, connector) and point.dist is not None:
            return point.dist.name, point.dist.version
    found = packages_distributions().get(connector.__module__.partition(".")[0], [])
    return (found[0], version(found[0])) if found else ("", "")


def sdk_version() -> str:
    """Tell the version of the promise, which is that of the distribution it comes with."""
    return version("habeas")


def _is(value: str, connector: type[Connector]) -> bool:
    """Whether an entry point names this class, where it is made or in a package above that hands it on."""
    module, _, name = value.partition(":")
    return name == connector.__qualname__ and (connector.__module__ + ".").startswith(module + ".")
