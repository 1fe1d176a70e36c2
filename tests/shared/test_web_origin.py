"""A change comes from a page of ours, or it does not come: every way of sending a form, and what becomes of it."""

import pytest
from flask import Blueprint, render_template_string

from habeas.testing.visitor import RoomOrigins, Visitor, make_room
from habeas.web import create_app, everyone, open_to
from habeas.web.assets import asset_url

PORTAL = "http://127.0.0.1:8080"
FORM = '<input name="csrf_token" value="{{ csrf_token() }}">'


def make_pages() -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/form")
    @open_to(everyone)
    def form() -> str:
        return render_template_string(FORM)

    @pages.route("/change", methods=["POST", "PUT", "PATCH", "DELETE"])
    @open_to(everyone)
    def change() -> str:
        return "changed"

    return pages


@pytest.fixture
def visitor() -> Visitor:
    return Visitor(create_app(make_room(make_pages())))


def token_of(visitor: Visitor) -> str:
    return visitor.get("/form").text.split('value="')[1].split('"')[0]


def test_a_form_of_ours_is_taken(visitor: Visitor) -> None:
    assert visitor.post("/change", {}, page="/form").text == "changed"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "anything"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": PORTAL}, False),
        ({"Origin": PORTAL}, True),
        ({"Origin": "null"}, False),
        ({"Origin": "http://127.0.0.1:8081"}, False),
        ({"Origin": "http://127.0.0.1"}, False),
        ({"Origin": PORTAL + ".evil.example"}, False),
        ({"Referer": PORTAL + "/form"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_where_a_change_comes_from_decides(visitor: Visitor, method: str, headers: dict[str, str], taken: bool) -> None:
    """Case 32: the token is good in every row; what differs is the site that the browser names."""
    sent = visitor.send(method, "/change", data={"csrf_token": token_of(visitor)}, headers=headers)
    assert sent.status_code == (200 if taken else 403)


@pytest.mark.parametrize("fields", [{}, {"csrf_token": ""}, {"csrf_token": "guess"}], ids=["none", "empty", "guess"])
def test_a_change_without_its_token_is_refused(visitor: Visitor, fields: dict[str, str]) -> None:
    """Case 32."""
    token_of(visitor)
    assert visitor.send("POST", "/change", data=fields, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 403


def test_the_token_of_another_browser_is_refused(visitor: Visitor) -> None:
    stranger = Visitor(visitor.client.application)
    token_of(visitor)
    sent = visitor.send(
        "POST", "/change", data={"csrf_token": token_of(stranger)}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert sent.status_code == 403


def test_the_token_of_another_service_is_refused() -> None:
    """Each service has its own secret and its own cookie, so one cannot speak for another."""
    one = Visitor(create_app(make_room(make_pages(), name="intake")))
    other = Visitor(create_app(make_room(make_pages(), name="identity")))
    token = token_of(other)
    session = other.client.get_cookie("habeas_identity", domain="127.0.0.1")
    assert session is not None
    one.hold("habeas_intake", session.value)
    sent = one.send("POST", "/change", data={"csrf_token": token}, headers={"Sec-Fetch-Site": "same-origin"})
    assert sent.status_code == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_needs_no_token_and_changes_nothing(visitor: Visitor, method: str) -> None:
    assert visitor.send(method, "/form").status_code == 200


def test_another_name_for_this_server_is_led_to_the_portal(visitor: Visitor) -> None:
    """So a stranger's name that resolves to us (DNS rebinding) shows none of our pages and takes no form."""
    looked = visitor.client.get("/form", base_url="http://evil.example:8080")
    assert (looked.status_code, looked.location) == (307, PORTAL + "/form")
    assert visitor.client.get("//evil.example/x", base_url="http://evil.example").status_code in (307, 308, 404)
    sent = visitor.client.post(
        "/change", base_url="http://evil.example:8080", headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert sent.status_code == 421


def test_over_https_the_cookies_are_bound_to_the_host() -> None:
    origins = RoomOrigins("https://privacy.example.com", "https://files.example.com")
    visitor = Visitor(create_app(make_room(make_pages(), settings=origins)), "https://privacy.example.com")
    cookies = visitor.get("/form").headers.getlist("Set-Cookie")
    assert sorted(cookie.split("=")[0] for cookie in cookies) == ["__Host-habeas_browser", "__Host-habeas_intake"]
    for cookie in cookies:
        parts = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
        assert not any(part.startswith("Domain") for part in parts)
    assert visitor.post("/change", {}, page="/form").text == "changed"


def test_the_download_origin_gets_our_styles_and_leads_back_to_the_portal(visitor: Visitor) -> None:
    """An error page is shown there too: its styles come from there, and its way out is the portal's address."""
    downloads = "http://127.0.0.1:8081"
    assert visitor.client.get(asset_url("habeas.css"), base_url=downloads).status_code == 200
    lost = visitor.client.get("/download/nothing", base_url=downloads)
    assert lost.status_code == 404
    assert f'href="{PORTAL}/"' in lost.text
    assert 'href="/"' not in lost.text
