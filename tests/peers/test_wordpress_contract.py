"""The promise of connectors against WordPress itself."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from peers.blog import Blog

from habeas.connectors.http import HttpConnector
from habeas.sdk import Subject
from habeas.testing.connector_contract import ConnectorContract, Item, records_of

pytestmark = pytest.mark.servers

ANN = Subject({"email": ("ann@example.com",)})


class TestWordPress(ConnectorContract):
    # it is about the runner and not about who is asked; tests/connectors/test_wordpress.py has it
    test_an_order_that_is_not_right_is_never_begun = None  # type: ignore[assignment]
    can_fail = ("server_error", "lies_about_deleting", "drifted_schema", "wrong_token", "revoked_scope")

    @pytest.fixture
    def against(self, blog: Blog) -> str:
        return f"WordPress {blog.server.version}"

    @pytest.fixture
    def connector(self, blog: Blog, tmp_path: Path) -> Iterator[HttpConnector]:
        connector = blog.connect(tmp_path)
        yield connector
        connector.close()

    @pytest.fixture
    def person(self) -> Subject:
        return ANN

    @pytest.fixture
    def stranger(self) -> Subject:
        return Subject({"email": ("bob@example.com",)})

    @pytest.fixture
    def expected(self, blog: Blog, connector: HttpConnector) -> set[Item]:
        comments = {("comment", str(blog.ids[name])) for name in ("signed_in", "guest", "review")}
        hidden = {
            (each.kind, each.key)
            for each in records_of(connector, ANN)
            if each.kind in ("plugin", "plugin_item", "profile")
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
