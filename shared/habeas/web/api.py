"""The machine door: shapes declared at the route, one shape of error, OpenAPI 3.1 made from both."""

from collections.abc import Mapping
from typing import Any

import flask_smorest
from flask import Blueprint, Flask, Response, json
from marshmallow import RAISE, Schema, fields

from habeas import __version__
from habeas.web.access import everyone, open_to
from habeas.web.problems import MEDIA_TYPE


class Shape(Schema):
    """The parent of every shape at the machine door: what it does not know it refuses."""

    class Meta:
        unknown = RAISE
        ordered = True


class WrongField(Shape):
    """One field that is wrong."""

    field = fields.String(required=True, metadata={"description": "path of the field"})
    problem = fields.String(required=True)
    expected = fields.String(required=True)


class Problem(Shape):
    """An error (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    reference = fields.String(metadata={"description": "give this when you ask us about the error"})
    errors = fields.List(fields.Nested(WrongField))


class Api(flask_smorest.Api):  # type: ignore[misc]
    """Flask-smorest with our shape of error; it registers no handlers and no pages of its own."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """Leave errors to `habeas.web.problems`."""


class ApiBlueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """The routes of one subject at the machine door; `create_app` puts it behind the API by its type."""


def add_api(app: Flask, title: str) -> Api:
    """Give the app a machine door, described at /api/openapi.json."""
    app.config.update(API_TITLE=title, API_VERSION=__version__, OPENAPI_VERSION="3.1.0")
    app.config["API_SPEC_OPTIONS"] = {"security": [{"bearer": []}]}
    api = Api(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    described = Blueprint("openapi", __name__)

    @described.get("/api/openapi.json")
    @open_to(everyone)
    def describe() -> Response:
        return Response(json.dumps(_with_problem_type(api.spec.to_dict())), content_type="application/json")

    app.register_blueprint(described)
    return api


def _with_problem_type(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Say the media type of errors, which flask-smorest takes for plain JSON."""
    text = json.dumps(spec)
    described: dict[str, Any] = json.loads(text)
    for response in described.get("components", {}).get("responses", {}).values():
        if "application/json" in response.get("content", {}):
            response["content"][MEDIA_TYPE] = response["content"].pop("application/json")
    return described
