import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from pazpaz.development import embedded_postgres

# A user of the server: starts it, says so, and stays until its standard input ends.
USER = """
import sys
from pathlib import Path
from pazpaz.development import embedded_postgres
embedded_postgres.start(Path(sys.argv[1]), durable=False)
print("started", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with TemporaryDirectory(prefix="pazpaz-") as folder:
        os.chmod(folder, 0o711)
        yield Path(folder) / "postgres"


@pytest.fixture
def join(data: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    users: list[subprocess.Popen[str]] = []

    def join() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", USER, str(data)]
        users.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return users[-1]

    yield join
    for user in users:
        user.kill()
        user.communicate()
    wait_until_gone(data)


def started(user: subprocess.Popen[str]) -> bool:
    assert user.stdout is not None
    return user.stdout.readline() == "started\n"


def is_running(data: Path) -> bool:
    try:
        psycopg.connect(embedded_postgres.superuser_dsn(data)).close()
    except psycopg.OperationalError:
        return False
    return True


def wait_until_gone(data: Path) -> None:
    deadline = time.monotonic() + 10
    while (data / "postmaster.pid").exists():
        assert time.monotonic() < deadline, "the server still runs"
        time.sleep(0.02)


def test_processes_that_start_at_once_share_one_server(
    data: Path, join: Callable[[], subprocess.Popen[str]]
) -> None:
    users = [join() for _ in range(4)]
    assert all(started(user) for user in users)
    assert is_running(data)


def test_it_stops_when_the_last_user_is_gone(data: Path, join: Callable[[], subprocess.Popen[str]]) -> None:
    first, last = join(), join()
    assert started(first)
    assert started(last)
    first.communicate()
    time.sleep(0.3)
    assert is_running(data)
    last.communicate()
    wait_until_gone(data)


def test_it_stops_even_when_its_users_are_killed(
    data: Path, join: Callable[[], subprocess.Popen[str]]
) -> None:
    user = join()
    assert started(user)
    user.kill()
    wait_until_gone(data)


def test_a_killed_server_comes_back_with_what_was_committed(
    data: Path, join: Callable[[], subprocess.Popen[str]]
) -> None:
    user = join()
    assert started(user)
    with psycopg.connect(embedded_postgres.superuser_dsn(data), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
    os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    time.sleep(0.2)
    assert started(join())
    with psycopg.connect(embedded_postgres.superuser_dsn(data)) as connection:
        assert connection.execute("SELECT id FROM kept").fetchone() == (1,)


def test_it_is_gone_when_release_returns(data: Path) -> None:
    embedded_postgres.start(data, durable=False)
    embedded_postgres.start(data, durable=False)
    assert is_running(data)
    embedded_postgres.release(data)
    assert not (data / "postmaster.pid").exists()


def test_release_leaves_the_server_to_those_who_still_use_it(
    data: Path, join: Callable[[], subprocess.Popen[str]]
) -> None:
    assert started(join())
    embedded_postgres.start(data, durable=False)
    embedded_postgres.release(data)
    assert is_running(data)


def test_the_log_repeats_nothing_that_a_client_sent(data: Path) -> None:
    embedded_postgres.start(data, durable=False)
    try:
        with psycopg.connect(embedded_postgres.superuser_dsn(data), autocommit=True) as connection:
            connection.execute("CREATE TABLE names (name text PRIMARY KEY)")
            for parameters in (["Yonatan"], ["Yonatan"]):
                with suppress(psycopg.errors.UniqueViolation):
                    connection.execute("INSERT INTO names VALUES (%s)", parameters)
            with suppress(psycopg.errors.InvalidTextRepresentation):
                connection.execute("SELECT 'Yonatan'::uuid")
            with suppress(psycopg.errors.SyntaxError):
                connection.execute("SELECT Yonatan FROM WHERE")
    finally:
        embedded_postgres.release(data)
    log = data.with_name("postgres.log").read_text()
    assert "ready to accept connections" in log
    assert "Yonatan" not in log


def test_only_its_owner_may_enter_the_data_directory(data: Path) -> None:
    embedded_postgres.start(data, durable=False)
    embedded_postgres.release(data)
    assert data.stat().st_mode & 0o777 == 0o700


def test_the_socket_moves_out_of_a_path_that_is_too_long_for_one() -> None:
    short, long = Path("/home/dana/pazpaz/var/postgres"), Path("/home/dana") / ("p" * 100) / "postgres"
    assert embedded_postgres.socket_directory(short) == short
    assert len(str(embedded_postgres.socket_directory(long) / ".s.PGSQL.5432")) < 100
    assert embedded_postgres.socket_directory(long) == embedded_postgres.socket_directory(long)
    assert embedded_postgres.socket_directory(long) != embedded_postgres.socket_directory(long / "other")


def test_it_starts_in_a_very_long_path(data: Path) -> None:
    long = data.with_name("p" * 100) / "postgres"
    sockets = embedded_postgres.socket_directory(long)
    embedded_postgres.start(long, durable=False)
    try:
        assert is_running(long)
        assert sockets.stat().st_mode & 0o777 == 0o700
    finally:
        embedded_postgres.release(long)
        sockets.rmdir()


def test_it_does_not_trust_a_socket_directory_that_others_can_enter(data: Path) -> None:
    long = data.with_name("q" * 100) / "postgres"
    sockets = embedded_postgres.socket_directory(long)
    sockets.mkdir(mode=0o777)
    try:
        with pytest.raises(embedded_postgres.EmbeddedPostgresError, match="not a private directory"):
            embedded_postgres.start(long)
    finally:
        sockets.rmdir()
