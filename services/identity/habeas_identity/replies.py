"""What every page of identity answers with: the context it runs in, and the way to another page."""

from flask import Response, current_app, make_response, redirect

from habeas.service import Context


def present_context() -> Context:
    """Return the context that the running app was made for."""
    context = current_app.extensions["habeas"]
    assert isinstance(context, Context)
    return context


def go_to(path: str) -> Response:
    """Lead on to another page, which is then fetched by GET (303)."""
    return make_response(redirect(path, 303))
