"""In which language a page speaks: as the person chose, else as their case was made, else as their browser asks."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from flask import Flask, Response, current_app, g, request
from flask_babel import Babel, Domain, get_locale, refresh

from habeas.web.access import access_now
from habeas.web.catalogues import SOURCE, Catalogues
from habeas.web.cookies import LANGUAGE, is_secure, set_cookie, whole_origin
from habeas.web.frame import present_frame


def add_languages(app: Flask, folders: Iterable[Path]) -> Catalogues:
    """Teach the app the languages of the catalogues in these folders."""
    catalogues = Catalogues(folders)
    babel = Babel(app, locale_selector=_choose, default_locale=SOURCE)
    domain: Any = Domain()
    # Flask-Babel looks for compiled files only; ours are read as they are written.
    domain.get_translations = lambda: catalogues.speak(str(get_locale()))
    babel.domain_instance = domain
    app.extensions["habeas.languages"] = catalogues.languages()
    app.jinja_env.globals.update(
        language=present_language, languages=offered, language_name=name_of, switch_language=_switch
    )
    app.after_request(_remember_choice)
    return catalogues


def present_language() -> str:
    """Return the language of the page, for example `sv`."""
    return str(get_locale() or SOURCE)


def offered() -> tuple[str, ...]:
    """Return the languages of this page: those of the company that we have catalogues for, its first one first."""
    known = current_app.extensions["habeas.languages"]
    return tuple(language for language in present_frame().languages if language in known) or (SOURCE,)


def speak(language: str) -> None:
    """Let the pages of this request speak the language of the case, unless the person chose another."""
    g.case_language = language
    refresh()


def name_of(language: str) -> str:
    """Return what a language calls itself, with a capital, for example `Svenska`."""
    name = Locale.parse(language).get_display_name(language) or language
    return name[:1].upper() + name[1:]


def _choose() -> str:
    offer = offered()
    cookie = request.cookies.get(whole_origin(LANGUAGE, secure=is_secure()))
    for wanted in (request.args.get("language"), cookie, g.get("case_language")):
        if wanted in offer:
            return str(wanted)
    return request.accept_languages.best_match(offer) or offer[0]


def _switch(language: str) -> str:
    """Return the address of this same page in another language."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "language"]
    return "?" + urlencode([*kept, ("language", language)])


def _remember_choice(response: Response) -> Response:
    access = access_now()
    if access is None or access.kind == "machine":
        return response
    chosen = request.args.get("language")
    if chosen and chosen in offered():
        set_cookie(response, whole_origin(LANGUAGE, secure=is_secure()), chosen)
    return response
