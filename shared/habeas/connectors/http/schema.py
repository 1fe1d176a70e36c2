"""The form of a vendor's file as JSON Schema, so that an editor can complete and check while one writes."""

from habeas.connectors.http.form import FORM
from habeas.connectors.http.shapes import Described

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def describe_form() -> Described:
    """The whole schema (draft 2020-12); what a name points at only the loader checks."""
    return {"$schema": DIALECT, "title": "A vendor of Habeas' HTTP connector", **FORM.describe()}
