"""The HTTP door of one service: a Flask app in which nothing is open that was not declared so."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.routing import BaseConverter

from habeas.web.access import Guards, check_declarations
from habeas.web.api import ApiBlueprint, add_api
from habeas.web.assets import add_assets
from habeas.web.cookies import whole_origin
from habeas.web.dates import add_dates
from habeas.web.doorkeeper import add_doorkeeper
from habeas.web.frame import frame_of_house, present_frame
from habeas.web.headers import add_headers
from habeas.web.language import add_languages
from habeas.web.ports import WebContext
from habeas.web.problems import add_problems

HERE = Path(__file__).parent
LARGEST_FORM = 1_000_000
"""Bytes that a form may have; a route that takes files sets its own limit on the request."""


class CaseConverter(BaseConverter):
    """Takes a case's id, a random UUID in lower case; anything else is no such page."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def create_app(context: WebContext, guards: Guards | None = None) -> Flask:
    """Make the HTTP door of one service from its blueprints.

    `guards` tell who calls; without them the service's own (`service.guards(context)`) are taken. Raises `Faults` for
    every route that does not say who may call it.
    """
    service = context.service
    guards = guards or _guards_of(context)
    app = Flask("habeas.web", root_path=str(HERE), static_folder=None, template_folder="templates")
    _configure(app, context)
    app.extensions["habeas"] = context
    app.url_map.converters["case"] = CaseConverter
    app.url_map.merge_slashes = False  # a path means what it says, here as in the dispatcher and the ingress
    blueprints = [make(context) for make in service.blueprints]
    languages = add_languages(app, _translations(blueprints)).languages()
    app.extensions["habeas.frame"] = frame_of_house(list(getattr(context, "profiles", {}).values()), languages)
    app.jinja_env.globals.update(frame=present_frame, portal_url=context.settings.portal_url)
    add_headers(app)
    add_problems(app)
    add_doorkeeper(app, service.name, guards, context.clock)
    add_dates(app)
    add_assets(app)
    _register(app, blueprints, f"Habeas {service.name}")
    check_declarations(app, guards)
    return app


def _guards_of(context: WebContext) -> Guards:
    make: Callable[[Any], Guards] | None = getattr(context.service, "guards", None)
    return make(context) if make is not None else Guards()


def _configure(app: Flask, context: WebContext) -> None:
    portal = context.settings.portal_url
    secure = portal.startswith("https:")
    app.config.update(
        PORTAL_URL=portal,
        DOWNLOAD_URL=context.settings.download_url,
        SECRET_KEY=context.keys.secret(context.service.name, "session"),
        SESSION_COOKIE_NAME=whole_origin(f"habeas_{context.service.name}", secure=secure),
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        # The doorkeeper calls the check itself, since it is what knows which routes are a machine's.
        WTF_CSRF_CHECK_DEFAULT=False,
        # A form that lies open for an evening is still the person's own: the token lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
        # Our pages send no Referer; the doorkeeper looks at Sec-Fetch-Site and Origin in its place.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.jinja_options = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}


def _translations(blueprints: list[Any]) -> Iterator[Path]:
    """Yield the folders with catalogues: the house's own, then that of each package with a blueprint."""
    yield HERE / "translations"
    for blueprint in blueprints:
        if (folder := Path(blueprint.root_path) / "translations").is_dir():
            yield folder


def _register(app: Flask, blueprints: list[Any], title: str) -> None:
    api = add_api(app, title) if any(isinstance(each, ApiBlueprint) for each in blueprints) else None
    for blueprint in blueprints:
        if api is not None and isinstance(blueprint, ApiBlueprint):
            api.register_blueprint(blueprint)
        else:
            app.register_blueprint(blueprint)
