"""The connector and its plugin against WordPress itself: what is found, erased, kept, and told where it fails."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from peers.blog import LETTERS, Blog

from habeas.connectors.http import HttpConnector
from habeas.connectors.http.companions import WORDPRESS_PLUGIN
from habeas.connectors.http.loading import load_shipped
from habeas.sdk import Correction, Deed, NeedsPerson, Record, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide

pytestmark = pytest.mark.servers

ANN = Subject({"email": ("ann@example.com",)})
BOB = Subject({"email": ("bob@example.com",)})


@pytest.fixture
def connector(blog: Blog, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = blog.connect(tmp_path)
    yield connector
    connector.close()


def found(connector: HttpConnector, person: Subject = ANN) -> list[Record]:
    return [each for each in connector.export(person) if isinstance(each, Record)]


class TestWordPress(ConnectorContract):
    # it is about the runner and not about who is asked; tests/connectors/test_wordpress.py has it
    test_an_order_that_is_not_right_is_never_begun = None  # type: ignore[assignment]
    can_fail = ("server_error", "lies_about_deleting", "drifted_schema", "wrong_token", "revoked_scope")

    @pytest.fixture
    def against(self, blog: Blog) -> str:
        return f"WordPress {blog.server.version}"

    @pytest.fixture
    def connector(self, connector: HttpConnector) -> HttpConnector:
        return connector

    @pytest.fixture
    def person(self) -> Subject:
        return ANN

    @pytest.fixture
    def stranger(self) -> Subject:
        return BOB

    @pytest.fixture
    def expected(self, blog: Blog, connector: HttpConnector) -> set[Item]:
        comments = {("comment", str(blog.ids[name])) for name in ("signed_in", "guest", "review")}
        hidden = {
            (each.kind, each.key) for each in found(connector) if each.kind in ("plugin", "plugin_item", "profile")
        }
        assert len(hidden) == 1 + 2 + 1
        return {("user", str(blog.ids["ann"])), ("upload", str(blog.ids["picture"]))} | comments | hidden

    @pytest.fixture
    def keepable(self, blog: Blog) -> set[Item]:
        return {("comment", str(blog.ids["review"]))}

    @pytest.fixture
    def change(self, blog: Blog) -> Callable[[], Item]:
        def change() -> Item:
            blog.query("UPDATE wp_comments SET comment_content = 'Other' WHERE comment_ID = %s", blog.ids["guest"])
            return ("comment", str(blog.ids["guest"]))

        return change

    @pytest.fixture
    def correct(self, blog: Blog) -> tuple[Item, dict[str, Any]]:
        return ("user", str(blog.ids["ann"])), {"first_name": "Anna", "description": "A reader's"}

    @pytest.fixture
    def faults(self, blog: Blog) -> Blog:
        return blog


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
