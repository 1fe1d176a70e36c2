"""Reads a vendor's file: the form first, then what its parts say of each other."""

from importlib import resources
from pathlib import Path

from habeas.connectors.http.crosschecks import check_between
from habeas.connectors.http.form import FORM, finish
from habeas.connectors.http.shapes import Reading
from habeas.connectors.http.vendorfile import Vendor
from habeas.marked import load_marked
from habeas.sdk import Fault, Faults

VENDORS = resources.files("habeas.connectors.http") / "vendors"


def list_vendors() -> tuple[str, ...]:
    """The vendors whose files ship."""
    return tuple(sorted(each.name.removesuffix(".yaml") for each in VENDORS.iterdir() if each.name.endswith(".yaml")))


def load_shipped(name: str) -> Vendor:
    """A vendor that ships, by its name."""
    if name not in list_vendors():
        raise Faults(
            [Fault("vendor", f"{name!r} does not ship", f"one of {', '.join(list_vendors())}; or vendor_file")]
        )
    return load_vendor((VENDORS / f"{name}.yaml").read_text(encoding="utf-8"), name=f"{name}.yaml")


def load_vendor(source: Path | str, *, name: str | None = None) -> Vendor:
    """The vendor in a file (Path) or text (str); raises Faults with every fault and its line."""
    reading = Reading(load_marked(source, name=name))
    read = FORM.read(reading, (), reading.document.data)
    vendor = finish(read) if read is not None and not reading.faults else None
    if vendor is not None:
        check_between(reading, vendor)
    if reading.faults or vendor is None:
        raise Faults(sorted(reading.faults, key=_line))
    return vendor


def _line(fault: Fault) -> int:
    return int(fault.where.rpartition(":")[2])
