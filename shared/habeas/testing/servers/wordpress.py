"""A WordPress site with its own data: Debian's package in a temporary folder, PHP's own server, a MariaDB database."""

import json
import os
import secrets
import shutil
import string
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from habeas.testing.processes import Process
from habeas.testing.servers.mariadb import Mariadb
from habeas.testing.servers.packages import find_program, install
from habeas.testing.servers.server import (
    LOOPBACK,
    Server,
    ServerMissing,
    drop_folder,
    free_port,
    is_listening,
    new_folder,
)
from habeas.testing.waiting import wait_until

PACKAGES = ("wordpress", "php-cli", "php-mysql")
SITE = Path("/usr/share/wordpress")
ADMINISTRATOR = "warden"
#: The database is new, nothing is sent anywhere, and nothing is done but what a test asks for.
CONFIGURATION = string.Template("""\
<?php
define('DB_NAME', '$database');
define('DB_USER', '$user');
define('DB_PASSWORD', '');
define('DB_HOST', '$host');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $$each) {
    define($$each . '_KEY', '$secret');
    define($$each . '_SALT', '$secret');
}
define('WP_HOME', '$url');
define('WP_SITEURL', '$url');
define('WP_ENVIRONMENT_TYPE', 'local');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
$$table_prefix = 'wp_';
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
""")
ROUTER = """\
<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && is_file(__DIR__ . $path)) {
    return false;
}
$_SERVER['SCRIPT_NAME'] = '/index.php';
require __DIR__ . '/index.php';
"""
INSTALL = """\
define('WP_INSTALLING', true);
require 'wp-load.php';
require 'wp-admin/includes/upgrade.php';
wp_install('A shop', '%s', 'warden@shop.example', false, '', '%s');
update_option('permalink_structure', '/%%postname%%/');
"""
SIGN_IN = """\
$made = WP_Application_Passwords::create_new_application_password(get_user_by('login', '%s')->ID, ['name' => 'tests']);
echo json_encode($made[0]);
"""


class WordPress(Server):
    """One site. `password` is an application password of `ADMINISTRATOR`; `run` lets PHP do something on the site."""

    name = "wordpress"

    def __init__(self, mariadb: Mariadb) -> None:
        self.port = free_port()
        self.password = ""
        self.version = ""
        self._mariadb = mariadb
        self._folder: Path | None = None
        self._server: Process | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def plugins(self) -> Path:
        """The folder into which plugins are put."""
        return self._owned() / "site" / "wp-content" / "plugins"

    def run(self, code: str, *, loaded: bool = True) -> Any:
        """What a piece of PHP writes as JSON, or None; `loaded` is with WordPress around it."""
        start = "require 'wp-load.php';" if loaded else ""
        argv = [str(_php()), "-d", "sendmail_path=/bin/true", "-r", f"{start} {code}"]
        environment = os.environ | {"HTTP_HOST": f"{LOOPBACK}:{self.port}"}
        site = self._owned() / "site"
        done = subprocess.run(argv, cwd=site, env=environment, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise ServerMissing(f"PHP failed on the site:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def activate(self, plugin: str) -> None:
        """Lets a plugin take part, by the name of its file."""
        self.run(f"require 'wp-admin/includes/plugin.php'; exit(is_wp_error(activate_plugin('{plugin}')) ? 1 : 0);")

    def _start(self) -> None:
        how = "found installed"
        if not SITE.is_dir() or find_program("php") is None:
            how = install(PACKAGES, "WordPress")
        self._folder = new_folder("wordpress")
        site = self._folder / "site"
        shutil.copytree(SITE, site, symlinks=True, copy_function=_link, ignore=shutil.ignore_patterns(".htaccess"))
        self._configure(site)
        self.run(INSTALL % (ADMINISTRATOR, secrets.token_hex(16)), loaded=False)
        self.password = self.run(SIGN_IN % ADMINISTRATOR)
        self.version = self.run("echo json_encode(get_bloginfo('version'));")
        self._serve(site)
        self.story = f"{how}; site {self.version} on port {self.port}"

    def _configure(self, site: Path) -> None:
        database = urlsplit(self._mariadb.fresh_database())
        text = CONFIGURATION.substitute(
            database=database.path.strip("/"),
            user=database.username,
            host=f"{database.hostname}:{database.port}",
            secret=secrets.token_hex(32),
            url=self.url,
        )
        (site / "wp-config.php").unlink()  # a link to the package's own, which stays as it is
        (site / "wp-config.php").write_text(text)
        (site / "router.php").write_text(ROUTER)

    def _serve(self, site: Path) -> None:
        argv = [str(_php()), "-d", "sendmail_path=/bin/true", "-S", f"{LOOPBACK}:{self.port}", "-t", ".", "router.php"]
        environment = os.environ | {"PHP_CLI_SERVER_WORKERS": "2"}
        self._server = Process(argv, cwd=site, env=environment, log=self._owned() / "php.log").start()
        wait_until(lambda: is_listening(self.port), 20, f"PHP's server answers\n{self._server.log_tail()}")

    def _owned(self) -> Path:
        if self._folder is None:
            raise RuntimeError("WordPress was not started")
        return self._folder

    def stop(self) -> None:
        """End the server and drop the folder; the database goes with MariaDB's others."""
        if self._server is not None:
            self._server.kill9()
            self._server.stop()
            self._server = None
        drop_folder(self._folder)
        self._folder = None


def _php() -> Path:
    found = find_program("php")
    if found is None:
        raise ServerMissing("PHP was installed, but there is no program of that name")
    return found


def _link(source: str, target: str) -> None:
    """A hard link is the same file at no cost; across file systems it is copied."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
