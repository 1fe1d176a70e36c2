"""WordPress on loopback: Debian's package with a fresh MariaDB database, run by PHP's own server."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from habeas.testing.processes import Process
from habeas.testing.servers.packages import find_program, install
from habeas.testing.servers.server import LOOPBACK, Server, ServerMissing, drop_folder, free_port, new_folder

PACKAGES = ("wordpress", "php-cli", "php-mysql")
WORDPRESS = Path("/usr/share/wordpress")
PEER = Path(__file__).with_name("wordpress_peer")
#: Compiled code is kept between requests; WordPress takes a second for each without.
QUICKLY = ("-d", "opcache.enable=1", "-d", "opcache.enable_cli=1", "-d", "display_errors=0")


class WordPress(Server):
    """One site with an administrator of the name `admin`.

    database_url: SQLAlchemy's, of an empty database that is entered without a password. Nothing of the package is
    written to, no mail is sent, and no other machine is called.
    """

    name = "wordpress"

    def __init__(self, database_url: str) -> None:
        self.port = free_port()
        self.database_url = database_url
        self.version = ""
        self.password = ""
        self._folder: Path | None = None
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """Where its REST API is."""
        return f"http://{LOOPBACK}:{self.port}/wp-json"

    @property
    def log_text(self) -> str:
        """Every request that it was sent, and what PHP and its plugins complained of."""
        assert self._process
        assert self._folder
        complaints = self._folder / "debug.log"
        return self._process.log_text() + (complaints.read_text(errors="replace") if complaints.exists() else "")

    def run(self, code: str) -> Any:
        """What PHP code returns that runs inside of WordPress as its administrator."""
        assert self._folder
        (self._folder / "code.php").write_text(f"<?php\n{code}", encoding="utf-8")
        return json.loads(self._php("run.php", str(self._folder / "code.php")))

    def make_password(self, user: str) -> str:
        """A new application password of a user."""
        made: str = self.run(
            f"return WP_Application_Passwords::create_new_application_password("
            f"get_user_by( 'login', '{user}' )->ID, array( 'name' => wp_generate_uuid4() ) )[0];"
        )
        return made

    def activate(self, plugin: Path) -> None:
        """Copies a plugin in and switches it on."""
        assert self._folder
        (self._folder / "content" / "plugins" / plugin.name).write_bytes(plugin.read_bytes())
        assert self.run(f"return activate_plugin( '{plugin.name}' );") is None

    def deactivate(self, plugin: Path) -> None:
        """Switches a plugin off, as its site's administrator would."""
        self.run(f"return deactivate_plugins( '{plugin.name}' );")

    def _start(self) -> None:
        how = _install()
        self._folder = new_folder("wordpress")
        (self._folder / "content" / "plugins").mkdir(parents=True)
        self._php("install.php")
        self.version = self.run("flush_rewrite_rules(); return get_bloginfo( 'version' );")
        # only now: WordPress makes none while it is installed
        self.password = self.make_password("admin")
        php = find_program("php")
        assert php
        argv: list[str | Path] = [php, *QUICKLY, "-S", f"{LOOPBACK}:{self.port}", PEER / "front.php"]
        self._process = Process(argv, self._environment(), cwd=self._folder).start()
        self._process.wait_ready(url=f"{self.url}/")
        self.story = f"{how}; WordPress {self.version} on port {self.port}"

    def stop(self) -> None:
        """End PHP's server and throw the site's folder away; the database is its owner's to drop."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        drop_folder(self._folder)
        self._folder = None

    def _php(self, script: str, *args: str) -> str:
        argv = [str(find_program("php")), "-d", "display_errors=0", str(PEER / script), *args]
        environment = {**os.environ, **self._environment()}
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise ServerMissing(f"{script} of WordPress ends with {done.returncode}: {done.stderr[-600:]}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        at = make_url(self.database_url)
        return {
            "PEER_WORDPRESS": str(WORDPRESS),
            "PEER_FOLDER": str(self._folder),
            "PEER_URL": f"http://{LOOPBACK}:{self.port}",
            "PEER_DB_HOST": f"{at.host}:{at.port}",
            "PEER_DB_NAME": str(at.database),
            "PEER_DB_USER": str(at.username),
        }


def _install() -> str:
    modules = ""
    if program := find_program("php"):
        modules = subprocess.run([program, "-m"], capture_output=True, text=True, timeout=30, check=True).stdout
    if WORDPRESS.is_dir() and "mysqli" in modules:
        return "found installed"
    return install(PACKAGES, "WordPress")
