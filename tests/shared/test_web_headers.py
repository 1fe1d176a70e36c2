"""Every response carries the headers of the house, whatever it answers."""

import re

import pytest
from flask import Blueprint, Response, render_template_string

from habeas.testing.visitor import RoomOrigins, Visitor, make_room
from habeas.web import allow_forms_to_downloads, create_app, everyone, hand_out, machine, open_to
from habeas.web.access import Guards
from habeas.web.assets import FOLDER, asset_url

SECURE = RoomOrigins("https://privacy.example.com", "https://files.example.com")
ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def make_pages() -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.route("/page", methods=["GET", "POST"])
    @open_to(everyone)
    def page() -> str:
        return render_template_string("<style nonce='{{ csp_nonce() }}'></style>")

    @pages.get("/leads-out")
    @open_to(everyone)
    def leads_out() -> str:
        allow_forms_to_downloads()
        return "page"

    @pages.get("/file")
    @open_to(everyone)
    def file() -> Response:
        return hand_out(Response(b"<script>1</script>"), 'räkning "x".html', "text/html")

    @pages.get("/bug")
    @open_to(everyone)
    def bug() -> str:
        raise RuntimeError

    @pages.get("/api/thing")
    @open_to(machine)
    def thing() -> str:
        return "thing"

    return pages


def visit(settings: RoomOrigins | None = None) -> Visitor:
    def refuse(_text: str, _ask: object) -> None:
        raise AssertionError("nobody asks")

    guards = Guards(bearer=refuse)  # type: ignore[arg-type]
    app = create_app(make_room(make_pages(), guards=guards, settings=settings))
    return Visitor(app, (settings or RoomOrigins()).portal_url)


@pytest.mark.parametrize("path", ["/page", "/leads-out", "/file", "/bug", "/none", "/api/none", "/static/x/y"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize("settings", [RoomOrigins(), SECURE], ids=["http", "https"])
def test_every_answer_carries_the_headers(path: str, method: str, settings: RoomOrigins) -> None:
    """Case 33: no page of anybody's stays in a cache."""
    answer = visit(settings).send(method, path)
    assert ALWAYS.items() <= dict(answer.headers).items()
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Content-Security-Policy"]
    assert ("Strict-Transport-Security" in answer.headers) == (settings is SECURE)
    if not path.startswith("/static"):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]
    assert "Server" not in answer.headers


def test_the_policy_lets_nothing_in_that_was_not_written_for_this_answer() -> None:
    visitor = visit()
    answers = [visitor.get("/page") for _ in range(3)]
    policies = [answer.headers["Content-Security-Policy"] for answer in answers]
    for answer, policy in zip(answers, policies, strict=True):
        parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        nonce = re.search(r"nonce='([^']+)'", answer.text)
        assert nonce
        assert parts == {
            "default-src": "'none'",
            "style-src": f"'self' 'nonce-{nonce[1]}'",
            "script-src": f"'self' 'nonce-{nonce[1]}'",
            "img-src": "'self' data:",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
            "base-uri": "'none'",
            "object-src": "'none'",
        }
    assert len(set(policies)) == 3


def test_a_form_leads_to_the_download_origin_only_where_it_was_asked_for() -> None:
    visitor = visit(SECURE)
    assert (
        "form-action 'self' https://files.example.com;" in visitor.get("/leads-out").headers["Content-Security-Policy"]
    )
    assert "form-action 'self';" in visitor.get("/page").headers["Content-Security-Policy"]


def test_a_file_is_kept_and_never_opened_as_a_page() -> None:
    answer = visit().get("/file")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"r_kning__x_.html\"; filename*=UTF-8''r%C3%A4kning%20%22x%22.html"
    )


def test_on_plain_http_beyond_this_machine_the_origin_is_told_to_ourselves() -> None:
    """There no browser sends Sec-Fetch-Site, and with no-referrer it would not name the Origin of a form either."""
    origins = RoomOrigins("http://privacy.intranet:8080")
    assert visit(origins).get("/page").headers["Referrer-Policy"] == "same-origin"


def test_our_own_files_are_kept_for_good_under_the_address_of_their_content() -> None:
    visitor = visit()
    for path in FOLDER.rglob("*.css"):
        url = asset_url(path.relative_to(FOLDER).as_posix())
        answer = visitor.get(url)
        assert answer.data == path.read_bytes()
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers["Vary"]
        small = visitor.get(url, Accept_Encoding="gzip")
        assert small.headers["Content-Encoding"] == "gzip"
        assert int(small.headers["Content-Length"]) < len(answer.data) / 2


def test_an_address_of_another_version_gives_the_present_file_and_is_not_kept() -> None:
    """While a new version is rolled out, pages of the one fetch styles from the other."""
    answer = visit().get("/static/0000000000000000/habeas.css")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["../application.py", "..%2fapplication.py", "/etc/passwd", "vendor", "none.css", ""])
def test_nothing_but_our_own_files_is_sent(name: str) -> None:
    assert visit().get(f"/static/0/{name}").status_code == 404
