"""The server as the operator meets it: in a process of its own, on a database of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import pytest
from django.conf import settings
from pytest_django import Settings

from pazpaz.development import embedded_postgres
from pazpaz.encryption.keys import generate_key
from pazpaz.operations import granian, serving

COMMAND = [sys.executable, str(settings.BASE_DIR / "manage.py")]


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    with TemporaryDirectory(prefix="pazpaz-") as folder:
        os.chmod(folder, 0o711)
        yield Path(folder)
        embedded_postgres.stop(Path(folder) / "postgres")


@pytest.fixture(scope="module")
def environment(var: Path) -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "pazpaz.settings", "PAZPAZ_VAR": str(var)}


@pytest.fixture(scope="module")
def migrated(environment: dict[str, str]) -> dict[str, str]:
    subprocess.run([*COMMAND, "migrate", "--verbosity=0"], check=True, env=environment)
    return environment


@pytest.fixture
def port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@contextmanager
def serving_process(environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[str]]:
    command = [*COMMAND, "serve", f"--port={port}"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == f"PazPaz serves http://127.0.0.1:{port}/\n"
            yield server
        finally:
            server.kill()


def refusal(environment: dict[str, str], port: int) -> str:
    command = [*COMMAND, "serve", f"--port={port}"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 1
    return result.stderr


def wait_for_quiet(port: int, var: Path) -> None:
    """Wait until nobody serves the port and the database server is gone."""
    deadline = time.monotonic() + 10
    while granian.answers("127.0.0.1", port) or (var / "postgres" / "postmaster.pid").exists():
        assert time.monotonic() < deadline, "something still runs"
        time.sleep(0.02)


def test_it_refuses_to_serve_a_database_without_tables(environment: dict[str, str], port: int) -> None:
    assert "run `manage.py migrate` first" in refusal(environment, port)


def test_it_serves_until_ctrl_c(migrated: dict[str, str], var: Path, port: int) -> None:
    with serving_process(migrated, port) as server:
        with urlopen(f"http://127.0.0.1:{port}/") as response:
            assert response.status == 200
        assert f"Port {port} of 127.0.0.1 is not free" in refusal(migrated, port)
        os.killpg(server.pid, signal.SIGINT)  # as a terminal does: to every process of the group
        assert server.wait(9) == 0  # after ten seconds Granian would kill a worker that hangs
    wait_for_quiet(port, var)


def test_it_serves_until_its_terminal_hangs_up(migrated: dict[str, str], var: Path, port: int) -> None:
    with serving_process(migrated, port) as server:
        os.killpg(server.pid, signal.SIGHUP)
        assert server.wait(9) == 0
    wait_for_quiet(port, var)


def workers(server: int) -> int:
    """How many processes of its own the server has begun."""
    listing = subprocess.run(["ps", "-A", "-o", "ppid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=1) for line in listing.stdout.splitlines()]
    return sum(row[0] == str(server) and "multiprocessing.spawn" in row[-1] for row in rows)


@pytest.mark.parametrize("pause", [0, 0.02, 0.2])
def test_it_stops_while_its_processes_still_load(
    migrated: dict[str, str], var: Path, port: int, pause: float
) -> None:
    command = [*COMMAND, "serve", f"--port={port}", "--workers=2"]
    with subprocess.Popen(command, env=migrated, stdout=subprocess.DEVNULL, start_new_session=True) as server:
        try:
            deadline = time.monotonic() + 30
            while workers(server.pid) < 2:
                assert time.monotonic() < deadline, "no processes"
                time.sleep(0.01)
            time.sleep(pause)
            server.send_signal(signal.SIGTERM)
            assert server.wait(9) == 0
        finally:
            server.kill()
    wait_for_quiet(port, var)


def test_a_killed_server_leaves_nothing_behind(migrated: dict[str, str], var: Path, port: int) -> None:
    with serving_process(migrated, port) as server:
        server.kill()
        server.wait()
    wait_for_quiet(port, var)
    with serving_process(migrated, port) as server:
        with urlopen(f"http://127.0.0.1:{port}/") as response:
            assert response.status == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait(9) == 0


SECRETS_AFTER_LOADING = """
import os
import pazpaz.wsgi
print(sorted({"SECRET_KEY", "DATABASE_URL"} & os.environ.keys()))
"""


def test_the_environment_of_a_request_holds_no_secret(environment: dict[str, str]) -> None:
    secrets = {
        "DATABASE_URL": "postgres://app@db.example.org/pazpaz",
        "OWNER_DATABASE_URL": "postgres://owner@db.example.org/pazpaz",
        "ENCRYPTION_MASTER_KEY": generate_key(),
        "SECRET_KEY": "only for this test",
        "ALLOWED_HOSTS": "practice.example.org",
    }
    command = [sys.executable, "-c", SECRETS_AFTER_LOADING]
    loaded = subprocess.run(
        command, env=environment | secrets, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert loaded.stdout == "[]\n"


@pytest.fixture
def stylesheet(tmp_path: Path, settings: Settings) -> Path:
    """The only static file there is, and a folder to collect it in."""
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    path = tmp_path / "source" / "page.css"
    path.parent.mkdir()
    path.write_text("main { color: red }")
    return path


def test_static_files_are_collected_again_when_one_has_changed(stylesheet: Path, settings: Settings) -> None:
    collected = settings.STATIC_ROOT / "page.css"
    serving.collect_static_files()
    assert collected.read_text() == "main { color: red }"
    collected.unlink()
    serving.collect_static_files()
    assert not collected.exists()
    stylesheet.write_text("main { color: green }")
    serving.collect_static_files()
    assert collected.read_text() == "main { color: green }"
