"""The connector and its plugin against WordPress itself: its traps, and what is told where it fails."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from peers.blog import LETTERS, Blog

from habeas.connectors.http import HttpConnector
from habeas.connectors.http.companions import WORDPRESS_PLUGIN
from habeas.connectors.http.loading import load_shipped
from habeas.sdk import Correction, Deed, NeedsPerson, Record, Subject
from habeas.testing.connector_contract import decide

pytestmark = pytest.mark.servers

ANN = Subject({"email": ("ann@example.com",)})


@pytest.fixture
def connector(blog: Blog, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = blog.connect(tmp_path)
    yield connector
    connector.close()


def found(connector: HttpConnector, person: Subject = ANN) -> list[Record]:
    return [each for each in connector.export(person) if isinstance(each, Record)]


def test_what_is_erased_is_gone_from_the_database_and_nothing_of_bob_is_touched(
    blog: Blog, connector: HttpConnector
) -> None:
    before = blog.rows("bob")
    done = list(connector.erase(ANN, decide(found(connector))))
    assert {(each.kind, each.deed, each.verified) for each in done} == {
        (kind, Deed.ERASED, True) for kind in ("comment", "plugin", "plugin_item", "profile", "upload", "user")
    }
    assert blog.rows("ann") == []
    assert blog.rows("bob") == before
    assert list(connector.locate(ANN)) == []


def test_no_address_stands_in_a_log(blog: Blog, connector: HttpConnector) -> None:
    connector.check()
    list(connector.erase(ANN, decide(found(connector))))
    log = blog.server.log_text
    assert "POST /wp-json/habeas/v1/items" in log
    assert "example.com" not in log.lower()


def test_what_the_database_takes_for_the_same_address_is_another(blog: Blog, connector: HttpConnector) -> None:
    assert blog.query("SELECT 1 FROM wp_letters WHERE email = %s", "ánn@example.com")
    assert found(connector, Subject({"email": ("ánn@example.com",)})) == []


def test_whoever_may_write_stays_and_goes_to_a_person(blog: Blog, connector: HttpConnector) -> None:
    eve = Subject({"email": ("eve@example.com",)})
    done = list(connector.erase(eve, decide(found(connector, eve))))
    assert {(each.kind, each.deed, each.why) for each in done} >= {
        ("user", Deed.NEEDS_PERSON, "the account may write or administer")
    }
    assert blog.query("SELECT 1 FROM wp_users WHERE user_login = 'eve'")


def test_an_upload_that_is_part_of_a_page_stays(blog: Blog, connector: HttpConnector) -> None:
    blog.query("UPDATE wp_posts SET post_parent = 1 WHERE ID = %s", blog.ids["picture"])
    done = list(connector.erase(ANN, decide(found(connector))))
    assert [each.deed for each in done if each.kind == "upload"] == [Deed.NEEDS_PERSON]
    assert blog.query("SELECT post_author FROM wp_posts WHERE ID = %s", blog.ids["picture"]) == [(1,)]


def test_what_an_eraser_keeps_back_is_never_called_erased(blog: Blog, connector: HttpConnector) -> None:
    blog.feel("retains")
    scope = decide(found(connector))
    for _ in range(2):
        done = list(connector.erase(ANN, scope))
        letters = {(each.kind, each.deed, each.why) for each in done if each.kind.startswith("plugin")}
        assert letters == {
            (kind, Deed.NEEDS_PERSON, "the vendor says that it keeps something of it")
            for kind in ("plugin", "plugin_item")
        }
    assert len(blog.query("SELECT 1 FROM wp_letters WHERE email = 'ann@example.com'")) == 1


def test_a_plugin_without_an_eraser_goes_to_a_person(blog: Blog, connector: HttpConnector) -> None:
    blog.feel("ledger")
    done = list(connector.erase(ANN, decide(found(connector))))
    assert {(each.kind, each.deed, each.count) for each in done if each.why} == {
        ("plugin", Deed.NEEDS_PERSON, 1),
        ("plugin_item", Deed.NEEDS_PERSON, 1),
    }


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ("throws", "an exporter or eraser of a plugin fails: the error log of PHP tells which and where"),
        ("wordless", "an exporter or eraser of a plugin fails"),
        ("twins", "two records of plugin_item have the same key"),
        ("unregistered", "a plugin that has exported personal data is not active any more"),
    ],
)
def test_a_plugin_that_fails_is_told_in_words_that_name_nobody(
    blog: Blog, connector: HttpConnector, mood: str, words: str
) -> None:
    connector.check()
    blog.feel(mood)
    with pytest.raises(NeedsPerson, match=words) as caught:
        found(connector)
    assert "ann@" not in str(caught.value)
    assert "ann@" not in blog.server.log_text


def test_an_eraser_that_fails_halfway_is_told_and_goes_on_when_it_works_again(
    blog: Blog, connector: HttpConnector
) -> None:
    scope = decide(found(connector))
    blog.feel("throws later")
    with pytest.raises(NeedsPerson, match="an exporter or eraser of a plugin fails"):
        list(connector.erase(ANN, scope))
    blog.feel("")
    assert {each.deed for each in connector.erase(ANN, scope)} == {Deed.ERASED}
    assert blog.rows("ann") == []


def test_an_address_that_was_taken_away_is_no_proof_that_an_account_is_gone(
    blog: Blog, connector: HttpConnector
) -> None:
    scope = decide([each for each in found(connector) if each.kind in ("user", "profile")])
    blog.feel("secures")
    with pytest.raises(NeedsPerson, match="look at base_url, and at plugins that take addresses"):
        list(connector.erase(ANN, scope))


def test_a_correction_that_wordpress_cleans_is_not_called_done(blog: Blog, connector: HttpConnector) -> None:
    (user,) = [each for each in found(connector) if each.kind == "user"]
    (changed,) = connector.rectify(ANN, [Correction("user", user.key, user.digest, {"first_name": "<b>Ann</b>"})])
    assert (changed.count, changed.verified, bool(changed.why)) == (0, False, True)


def test_a_wrong_password_and_a_missing_role_are_told(blog: Blog, tmp_path: Path) -> None:
    blog.wrong_token()
    with pytest.raises(NeedsPerson, match=r"\(401\): look at application_password"):
        found(blog.connect(tmp_path))
    blog.restore()
    blog.revoked_scope()
    (told,) = [each for each in blog.connect(tmp_path).check().problems if "has to be an administrator" in each]
    assert "look_at_self" in told
    with pytest.raises(NeedsPerson, match=r"\(403\)"):
        found(blog.connect(tmp_path))


def test_without_the_plugin_it_is_told_and_can_be_chosen(blog: Blog, tmp_path: Path) -> None:
    blog.server.deactivate(WORDPRESS_PLUGIN)
    with pytest.raises(NeedsPerson, match="install and activate the plugin Habeas"):
        found(blog.connect(tmp_path))
    alone = blog.connect(tmp_path, options={"companion": False})
    assert alone.check().problems == ()
    assert {each.kind for each in found(alone)} == {"user", "comment", "upload"}
    assert {each.deed for each in alone.erase(ANN, decide(found(alone)))} == {Deed.ERASED}


def test_a_plugin_that_was_switched_off_is_missed_until_somebody_says_that_its_data_are_gone(
    blog: Blog, connector: HttpConnector
) -> None:
    assert connector.check().problems == ()
    blog.server.deactivate(LETTERS)
    with pytest.raises(NeedsPerson, match="is not active any more"):
        found(connector)
    blog.server.deactivate(WORDPRESS_PLUGIN)
    blog.server.activate(WORDPRESS_PLUGIN)
    assert {each.kind for each in found(connector)} == {"user", "profile", "comment", "upload"}


def test_an_exporter_that_only_the_dashboard_has_is_missed(blog: Blog, connector: HttpConnector) -> None:
    blog.feel("dashboard")
    blog.server.run("do_action( 'admin_init' ); return true;")
    with pytest.raises(NeedsPerson, match="or only in the dashboard"):
        found(connector)


def test_an_eraser_without_an_exporter_is_told_by_the_check(blog: Blog, connector: HttpConnector) -> None:
    blog.feel("alone")
    (told,) = connector.check().problems
    assert "an eraser and no exporter of the same name" in told


@pytest.mark.parametrize("what", ["users", "comments"])
def test_a_search_that_loses_its_header_on_the_way_creates_nothing(blog: Blog, what: str) -> None:
    before = blog.query("SELECT (SELECT count(*) FROM wp_users), (SELECT count(*) FROM wp_comments)")
    call = load_shipped("wordpress").calls[f"find_{what}"]
    body = {name: each if isinstance(each, str | int) else "ann@example.com" for name, each in call.json.items()}
    answer = httpx.post(f"{blog.server.url}/wp/v2/{what}", json=body, auth=("admin", blog.server.password))
    assert answer.json()["code"] in ("rest_missing_callback_param", "rest_comment_invalid_post_id")
    assert blog.query("SELECT (SELECT count(*) FROM wp_users), (SELECT count(*) FROM wp_comments)") == before


@pytest.mark.parametrize("path", ["exporters", "sources", "items", "erasures"])
def test_the_plugin_answers_nobody_without_the_role(blog: Blog, path: str) -> None:
    url = f"{blog.server.url}/habeas/v1/{path}"
    body = {"exporter": "letters", "email": "bob@example.com", "page": 1}
    before = blog.rows("bob")
    statuses = []
    for who in (None, ("eve", blog.server.make_password("eve"))):
        answer = httpx.get(url, auth=who) if path == "exporters" else httpx.post(url, json=body, auth=who)
        statuses.append(answer.status_code)
        assert answer.json()["code"] == "rest_forbidden"
    assert statuses == [401, 403]
    assert blog.rows("bob") == before
