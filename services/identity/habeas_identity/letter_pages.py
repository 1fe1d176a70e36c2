"""The page on which a person can send a signed letter; nobody is asked for one.

It answers alike for every case that is named: what came is stored and counted by the same steps, and whether somebody
waits for it is seen afterwards, in the worker. What can be told at once is what the file itself shows.
"""

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_babel import gettext

from habeas.service import Context
from habeas.web.access import everyone, open_to
from habeas.web.addresses import prefix_of
from habeas.web.cookies import browser_of
from habeas_identity.cleaning import LIMITS, Refusal
from habeas_identity.cleaning.kinds import tell_kind
from habeas_identity.evidence import admit_file, offer_file
from habeas_identity.proofs.letter import LETTER
from habeas_identity.replies import go_to, present_context
from habeas_identity.washing import keep_original

PAGES = Blueprint("letter", __name__, template_folder="templates", url_prefix="/prove")


def letter_pages(_context: Context) -> Blueprint:
    """Give the page for letters."""
    return PAGES


@PAGES.url_value_preprocessor
def allow_file(endpoint: str | None, _values: object) -> None:
    """Let the form be as large as a file may be; said before the doorkeeper reads it."""
    if endpoint == "letter.take_letter":
        request.max_content_length = LIMITS.request_bytes


@PAGES.get("/<case:case>/letter")
@open_to(everyone)
def show_letter(case: str) -> Response:
    """Say that a letter can be sent, and what it is worth."""
    return _page(case)


@PAGES.post("/<case:case>/letter")
@open_to(everyone)
def take_letter(case: str) -> Response:
    """Take a letter in, whatever case it is for."""
    data = _read_file()
    kind = tell_kind(data)
    if isinstance(kind, Refusal):
        return _page(case, wrong=_say(kind), status=422)
    context, place = present_context(), prefix_of(request.remote_addr or "")
    with context.transaction() as tx:
        admitted = admit_file(tx, case, len(data), browser=browser_of(request), place=place)
    if admitted is None:
        words = gettext("Enough was sent for today. What came before is safe; send the rest tomorrow.")
        return _page(case, wrong=words, status=429)
    keep_original(context.store, admitted.evidence, admitted.key, data)
    with context.transaction() as tx:
        offer_file(tx, admitted.evidence)
    return go_to(f"/prove/{case}/letter?sent=yes")


def _read_file() -> bytes:
    """Read the one file of the form; a form that holds anything else is none of ours (abuse case R13)."""
    try:
        files = request.files.getlist("file")
        known = set(request.form) <= {"csrf_token", "kind"} and set(request.files) <= {"file"}
        if not known or len(files) != 1 or request.form.get("kind") != LETTER.name:
            abort(400)
        return bytes(files[0].read(LIMITS.file_bytes + 1))
    finally:
        request.close()  # a large one lies in a temporary file without a name


def _page(case: str, *, wrong: str = "", status: int = 200) -> Response:
    page = render_template(
        "identity/letter.html",
        case=case,
        kind=LETTER.name,
        limits=LIMITS,
        sent=request.args.get("sent") == "yes",
        errors=[("file", wrong)] if wrong else [],
    )
    return make_response(page, status)


def _say(why: Refusal) -> str:
    """Say what is wrong with a file, and what to do."""
    words = {
        Refusal.EMPTY: gettext("Choose a file that is not empty."),
        Refusal.TOO_LARGE: gettext("This file is too large. Send it in parts, or as a picture with fewer dots."),
        Refusal.PICTURE: gettext(
            "We cannot read this kind of picture (HEIC, WebP or so). Save it as JPEG or PNG, or make a screenshot."
        ),
        Refusal.DOCUMENT: gettext("We cannot read documents of office programs or archives. Save it as PDF."),
        Refusal.TWO_KINDS: gettext("Something else is hidden in this file. Save it anew as JPEG, PNG or PDF."),
    }
    return str(words.get(why, gettext("We cannot read this file. Send a JPEG or PNG picture, or a PDF.")))
