"""What the person gets: a package (access, portability) or a confirmation (every other right), as one sealed file."""

from habeas_fulfilment.package.builder import Built, PackageStream, build
from habeas_fulfilment.package.facts import Activity, Authority, Controller, Deeds, Facts, Kind, Part

__all__ = ["Activity", "Authority", "Built", "Controller", "Deeds", "Facts", "Kind", "PackageStream", "Part", "build"]
