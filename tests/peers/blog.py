"""A WordPress site with Ann and Bob on it, which can be set back to how it was."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pymysql
from sqlalchemy.engine import make_url

from habeas.connectors.http import HttpConnector
from habeas.connectors.http.companions import WORDPRESS_PLUGIN
from habeas.testing.servers.wordpress import WordPress

LETTERS = Path(__file__).with_name("letters.php")
PLUGINS = (WORDPRESS_PLUGIN, LETTERS)
#: Ann is a customer who commented signed in and as a guest; Bob answered her, and wrote letters, too.
PLANT = """
global $wpdb;
$wpdb->query( 'CREATE TABLE wp_letters (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(100), text VARCHAR(100))' );
function person( $name, $role = 'subscriber' ) {
	return wp_insert_user( array( 'user_login' => $name, 'user_email' => "$name@example.com", 'role' => $role,
		'user_pass' => wp_generate_password(), 'display_name' => ucfirst( $name ), 'first_name' => ucfirst( $name ) ) );
}
function comment( $email, $user, $more = array() ) {
	return wp_insert_comment( $more + array( 'comment_post_ID' => 1, 'comment_author_email' => $email,
		'user_id' => $user, 'comment_author' => 'A', 'comment_author_IP' => '192.0.2.7',
		'comment_content' => 'Hello', 'comment_agent' => 'x' ) );
}
$ann = person( 'ann' );
$bob = person( 'bob' );
person( 'joann' );
$editor = person( 'eve', 'editor' );
update_user_meta( $ann, 'session_tokens', array( 'abc' => array( 'ip' => '192.0.2.7', 'login' => 1 ) ) );
$ids = array( 'ann' => $ann, 'bob' => $bob );
$ids['signed_in'] = comment( 'ann@example.com', $ann );
$ids['guest'] = comment( 'Ann@Example.com', 0, array( 'comment_approved' => 'spam' ) );
$ids['review'] = comment( 'ann@example.com', 0, array( 'comment_type' => 'review', 'comment_approved' => '0' ) );
$ids['bobs'] = comment( 'bob@example.com', $bob, array( 'comment_parent' => $ids['signed_in'] ) );
comment( 'ánn@example.com', 0 );
$ids['picture'] = wp_insert_attachment( array( 'post_author' => $ann, 'post_title' => 'Ann',
	'post_mime_type' => 'image/png' ) );
foreach ( array( 'ann', 'bob', 'ann', 'bob' ) as $number => $name ) {
	$wpdb->insert( 'wp_letters', array( 'email' => "$name@example.com", 'text' => "Letter $number of $name" ) );
}
return $ids;
"""


class Blog:
    """The site, the numbers of what was planted, and switches for what goes wrong with it.

    The switches are those of the fixture `faults` of the connector contract that a real site can be told.
    """

    def __init__(self, server: WordPress) -> None:
        self.server = server
        for plugin in PLUGINS:
            server.activate(plugin)
        self.ids: Mapping[str, int] = server.run(PLANT)
        at = make_url(server.database_url)
        self._database = pymysql.connect(
            host=at.host, port=at.port or 3306, user=at.username, database=at.database, autocommit=True
        )
        self._tables = [str(row[0]) for row in self.query("SHOW TABLES")]
        for table in self._tables:
            self.query(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows that a statement gives."""
        with self._database.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    def restore(self) -> None:
        """Sets everything back to how it was planted."""
        self.query("START TRANSACTION")
        for table in self._tables:
            self.query(f"DELETE FROM {table}")
            self.query(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        self.query("COMMIT")

    def heal(self) -> None:
        """Ends what goes wrong, and brings nothing back that was erased."""
        self.feel("")
        self.query("DELETE FROM wp_usermeta WHERE user_id = 1")
        self.query("INSERT INTO wp_usermeta SELECT * FROM kept_wp_usermeta WHERE user_id = 1")

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """Every row that is somebody's, byte for byte as the database holds it."""
        number, email = self.ids[name], f"{name}@example.com"
        return [
            *self.query("SELECT * FROM wp_users WHERE ID = %s", number),
            *self.query("SELECT * FROM wp_usermeta WHERE user_id = %s", number),
            *self.query("SELECT * FROM wp_posts WHERE post_author = %s", number),
            *self.query("SELECT * FROM wp_letters WHERE email = %s", email),
            # without its parent: an answer moves up when what it answers goes
            *(
                (*row[:13], *row[14:])
                for row in self.query(
                    "SELECT * FROM wp_comments WHERE LOWER(comment_author_email) = %s COLLATE utf8mb4_bin", email
                )
            ),
        ]

    def feel(self, mood: str) -> None:
        """Lets the plugin Letters behave in one way of its own."""
        self.query("DELETE FROM wp_options WHERE option_name = 'letters_mood'")
        self.query("INSERT INTO wp_options (option_name, option_value) VALUES ('letters_mood', %s)", mood)

    def server_error(self) -> None:
        self.feel("breaks")

    def drifted_schema(self) -> None:
        self.feel("drifts")

    def lies_about_deleting(self) -> None:
        self.feel("lies")

    def wrong_token(self) -> None:
        self.query("DELETE FROM wp_usermeta WHERE user_id = 1 AND meta_key = '_application_passwords'")

    def revoked_scope(self) -> None:
        self.query(
            "UPDATE wp_usermeta SET meta_value = 'a:1:{s:6:\"editor\";b:1;}' "
            "WHERE user_id = 1 AND meta_key = 'wp_capabilities'"
        )

    def connect(self, folder: Path, **changed: Any) -> HttpConnector:
        """The connector, by the settings that an operator would write."""
        (folder / "password").write_text(self.server.password)
        settings = {
            "vendor": "wordpress",
            "base_url": self.server.url,
            "application_password_file": "password",
            "options": {"user": "admin", "reassign_to": 1, **changed.pop("options", {})},
            "activities": {"default": "blog"},
            **changed,
        }
        connector = HttpConnector.from_settings(settings, folder)
        connector.state = folder / "state"
        return connector
