"""What `serve` and `demo` check before they become the server, and how they do."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import sys
from typing import NoReturn

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor


def migrations_are_pending() -> bool:
    executor = MigrationExecutor(connections["default"])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def collect_static_files() -> None:
    """Bring the folder of collected static files up to date; costs nothing if no source file has changed."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = os.stat(storage.path(path))
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    stamp = settings.STATIC_ROOT / ".collected"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(digest.hexdigest())


def refuse_taken_port(host: str, port: int) -> None:
    """Raise CommandError if something listens there; Granian would share the port with it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise CommandError(
                    f"This machine has no address {host}. Use 127.0.0.1 or 0.0.0.0."
                ) from error
            raise CommandError(
                f"Port {port} of {host} is not free ({error.strerror}). Choose another one: PORT={port + 1}."
            ) from error


def address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def serve(host: str, port: int, *, workers: int, threads: int, ready: str) -> NoReturn:
    """Become the server, which prints `ready` when it answers, until Ctrl-C, SIGTERM or a hang-up."""
    command = [
        *(sys.executable, "-m", "pazpaz.operations.granian", "pazpaz.wsgi:application"),
        *("--host", host, "--port", str(port)),
        *("--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "10"),
        *("--log-level", "warning", "--no-access-log"),
    ]
    python_path = [str(settings.BASE_DIR), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PAZPAZ_READY": ready, "PYTHONPATH": os.pathsep.join(python_path)}
    connections.close_all()
    sys.stdout.flush()
    os.execve(sys.executable, command, environment)
