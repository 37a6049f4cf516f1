"""A real WordPress with MariaDB behind it, in a directory of its own, with the plugin in it.

Debian's packages are used (`php-cli php-mysql php-curl php-xml php-mbstring mariadb-server
wordpress`). WooCommerce is not among them: `standin/woocommerce.php` plays the few of its classes
and functions that the plugin calls, and nothing else.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

__all__ = [
    "PLUGIN",
    "WordPress",
    "free_port",
    "require_php",
    "require_wordpress",
    "running_wordpress",
]

HERE = Path(__file__).parent
PLUGIN = HERE.parents[2] / "companions" / "woocommerce" / "panstore"
_SOURCE = Path("/usr/share/wordpress")
_READY_S = 60.0
_CONFIG = """<?php
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:{socket}' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
define( 'WP_HOME', '{url}' );
define( 'WP_SITEURL', '{url}' );
define( 'WP_CONTENT_DIR', __DIR__ . '/wp-content' );
define( 'DISABLE_WP_CRON', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', __DIR__ . '/debug.log' );
define( 'SAVEQUERIES', true );
{salts}
$table_prefix = 'wp_';
if ( is_file( __DIR__ . '/extra-config.php' ) ) {{
	require __DIR__ . '/extra-config.php';
}}
if ( ! defined( 'ABSPATH' ) ) {{
	define( 'ABSPATH', __DIR__ . '/' );
}}
require_once ABSPATH . 'wp-settings.php';
"""
_ROUTER = """<?php
$path = parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH );
if ( '/' !== $path && is_file( __DIR__ . $path ) ) {
	return false;
}
$_SERVER['SCRIPT_NAME'] = '/index.php';
require __DIR__ . '/index.php';
"""
_INSTALL = """
define( 'WP_INSTALLING', true );
require '{root}/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install( 'Zlička', 'admin', 'admin@example.com', true, '', 'geslo-za-test' );
global $wp_rewrite;
$wp_rewrite->set_permalink_structure( '/%postname%/' );
$wp_rewrite->flush_rules( false );
switch_theme( 'plain' );
"""
_ACTIVATE = """
require '{root}/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
foreach ( array( 'woocommerce/woocommerce.php', 'panstore/panstore.php' ) as $plugin ) {{
	$result = activate_plugin( $plugin );
	if ( is_wp_error( $result ) ) {{
		fwrite( STDERR, $result->get_error_message() );
		exit( 1 );
	}}
}}
"""


def require_php() -> None:
    """Skip where there is no PHP."""
    if shutil.which("php") is None:
        pytest.skip("PHP is not installed; apt install php-cli")


def require_wordpress() -> None:
    """Skip where WordPress cannot be run."""
    require_php()
    lacking = [name for name in ("mariadbd", "mariadb-install-db") if _tool(name) is None]
    if lacking or not _SOURCE.is_dir():
        pytest.skip(
            "WordPress cannot be run here; apt install php-cli php-mysql php-curl php-xml"
            " php-mbstring mariadb-server wordpress"
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class WordPress:
    """A running one.

    Attributes:
        root: where its files are; `extra-config.php` there is read with the next request.
    """

    root: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def php(self, code: str, **values: Any) -> Any:
        """Run code inside of WordPress, as its command line does.

        Args:
            code: ends with `return`; `$given` has the values.

        Returns:
            What it returned, through JSON.
        """
        marker = secrets.token_hex(8)
        script = (
            f"require '{self.root}/wp-load.php';\n"
            f"$given = json_decode( stream_get_contents( STDIN ), true );\n"
            f"$answer = ( static function () use ( $given ) {{ global $wpdb; {code} }} )();\n"
            f'echo "\\n{marker}", json_encode( $answer );'
        )
        done = _php(script, json.dumps(values))
        return json.loads(done.split(marker, 1)[1])

    def fetch(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case) and body of an answer, whatever it is."""
        request = urllib.request.Request(
            self.url + path, data=body, headers=headers or {}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, _lower(reply.headers), reply.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _lower(error.headers), error.read()

    def set_options(self, **options: Any) -> None:
        """Change options of WordPress, of WooCommerce or of the plugin."""
        self.php(
            "foreach ( $given as $name => $value ) { update_option( $name, $value ); } return 1;",
            **options,
        )

    def settings(self, **settings: str) -> None:
        """The plugin's settings; what is not named gets its default."""
        self.set_options(panstore_settings=settings)

    def log(self) -> str:
        """What WordPress complained of, and forget it."""
        file = self.root / "debug.log"
        text = file.read_text() if file.exists() else ""
        file.unlink(missing_ok=True)
        return text


@contextmanager
def running_wordpress(directory: Path) -> Iterator[WordPress]:
    """WordPress, installed, with both plugins active; everything ends with the block."""
    require_wordpress()
    directory.mkdir(parents=True, exist_ok=True)
    # A socket's address may have 107 characters, and a test's directory has a long name.
    run = Path("/tmp") / f"panstore-wp-{secrets.token_hex(4)}"
    run.mkdir()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.append(_database(directory / "data", run / "sock"))
        wordpress = WordPress(directory / "site", free_port())
        _files(wordpress, run / "sock")
        _php(_INSTALL.format(root=wordpress.root))
        _php(_ACTIVATE.format(root=wordpress.root))
        processes.append(_server(wordpress))
        yield wordpress
    finally:
        for process in reversed(processes):
            _stop(process)
        shutil.rmtree(run, ignore_errors=True)


def _tool(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")


def _database(data: Path, where: Path) -> subprocess.Popen[bytes]:
    user = ["--user=root"] if os.geteuid() == 0 else []
    install, server = _tool("mariadb-install-db"), _tool("mariadbd")
    assert install is not None
    assert server is not None
    subprocess.run(
        [
            *(install, "--no-defaults", f"--datadir={data}", *user),
            *("--auth-root-authentication-method=normal", "--skip-test-db"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    with (data / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(server, "--no-defaults", f"--datadir={data}", f"--socket={where}", *user),
                *("--skip-networking", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"),
                *("--innodb-buffer-pool-size=32M", f"--pid-file={data}/pid"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    create = f"new mysqli('localhost', 'root', '', '', 0, '{where}')"
    script = f"mysqli_report(MYSQLI_REPORT_OFF); $c = @{create}; exit($c->connect_errno ? 1 : 0);"
    _await(lambda: _succeeds(script), process, "MariaDB")
    _php(f"$c = {create}; $c->query('CREATE DATABASE wordpress CHARACTER SET utf8mb4');")
    return process


def _files(wordpress: WordPress, where: Path) -> None:
    root = wordpress.root
    ignored = shutil.ignore_patterns("wp-content", "wp-config.php", ".htaccess")
    shutil.copytree(_SOURCE, root, ignore=ignored)
    theme = root / "wp-content" / "themes" / "plain"
    theme.mkdir(parents=True)
    (theme / "style.css").write_text("/*\nTheme Name: Plain\n*/\n")
    shutil.copy(HERE / "standin" / "theme.php", theme / "index.php")
    plugins = root / "wp-content" / "plugins"
    shutil.copytree(PLUGIN, plugins / "panstore")
    shutil.copytree(HERE / "standin", plugins / "woocommerce")
    salts = "".join(
        f"define( '{name}{kind}', '{secrets.token_hex(32)}' );\n"
        for name in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE")
        for kind in ("_KEY", "_SALT")
    )
    config = _CONFIG.format(socket=where, url=wordpress.url, salts=salts)
    (root / "wp-config.php").write_text(config)
    (root / "router.php").write_text(_ROUTER)


def _server(wordpress: WordPress) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [
            *("php", "-d", "opcache.enable_cli=0", "-d", "max_execution_time=30"),
            *("-S", f"127.0.0.1:{wordpress.port}", "-t", str(wordpress.root)),
            str(wordpress.root / "router.php"),
        ],
        # One worker alone could not answer while a connection to it stays open.
        env=os.environ | {"PHP_CLI_SERVER_WORKERS": "4"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def is_up() -> bool:
        try:
            return wordpress.fetch("/wp-json/")[0] == 200
        except OSError:
            return False

    _await(is_up, process, "WordPress")
    return process


def _await(is_there: Any, process: subprocess.Popen[bytes], what: str) -> None:
    until = time.monotonic() + _READY_S
    while not is_there():
        assert process.poll() is None, f"{what} ended by itself"
        assert time.monotonic() < until, f"{what} is not there after {_READY_S:g} s"
        time.sleep(0.05)


def _succeeds(script: str) -> bool:
    done = subprocess.run(["php", "-r", script], capture_output=True, timeout=30, check=False)
    return done.returncode == 0


def _php(script: str, given: str = "") -> str:
    done = subprocess.run(
        ["php", "-d", "display_errors=stderr", "-r", script],
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    own_group = os.getpgid(process.pid) == process.pid
    if own_group:
        os.killpg(process.pid, signal.SIGTERM)
    else:
        process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
