"""The server: Granian around the WSGI application, for `serve` and `demo` alike."""

from __future__ import annotations

import ctypes
import errno
import gc
import hashlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer as Server

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

# The settings have read these. Granian copies the environment into every request, which must not carry them.
SECRETS = (
    "ADMIN_DATABASE_URL",
    "CACHE_URL",
    "DATABASE_URL",
    "EMAIL_URL",
    "ENCRYPTION_MASTER_KEY",
    "ENCRYPTION_OLD_MASTER_KEYS",
    "OWNER_DATABASE_URL",
    "SECRET_KEY",
)
PR_SET_PDEATHSIG = 1


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


def serve(host: str, port: int, *, workers: int, threads: int, when_ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C, SIGTERM or a hang-up; call `when_ready` when requests are answered."""
    server = Server(
        "pazpaz.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        websockets=False,
        log_level=LogLevels.warning,
        log_access=False,
    )
    let_forks_be_stopped()
    # Granian takes a hang-up as "reload", and would live on when its terminal is closed.
    server.on_startup(lambda: signal.signal(signal.SIGHUP, server.signal_handler_interrupt))
    threading.Thread(target=_announce, args=(server, when_ready), daemon=True).start()
    connections.close_all()
    server.serve(target_loader=partial(_load, os.getpid()), wrap_loader=False)


def let_forks_be_stopped() -> None:
    """Make processes forked from now on end at SIGINT and SIGTERM until they set handlers of their own.

    A fork inherits the handlers of the main process, which only note the signal: a worker told to stop before
    it had replaced them loaded, served on, and was killed after ten seconds. The signals stay blocked from
    before the fork until the handlers are gone, so that there is no moment at which one is swallowed.
    """
    stops = {signal.SIGINT, signal.SIGTERM}

    def release() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)

    def forget_handlers() -> None:
        for number in stops:
            signal.signal(number, signal.SIG_DFL)
        release()

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, stops),
        after_in_parent=release,
        after_in_child=forget_handlers,
    )


def _announce(server: Server, when_ready: Callable[[], None]) -> None:
    while (
        len(server.wrks) < server.workers
    ):  # idle until all are forked: a fork copies the locks of busy threads
        time.sleep(0.02)
    while not _answers(server.bind_addr, server.bind_port):
        time.sleep(0.02)
    when_ready()
    connections.close_all()


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _load(parent: int) -> WSGIHandler:
    """Load the application in a worker, which shall end when the main process does, even a killed one."""
    os.setpgid(0, 0)  # Ctrl-C reaches the main process only, which tells us; told twice, Granian hangs
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)  # it was killed before we could ask
    from pazpaz.wsgi import application

    for name in SECRETS:
        os.environ.pop(name, None)
    import_module(settings.ROOT_URLCONF)  # here, not in the first request
    # All that is loaded by now stays. Searching it for garbage would stop the worker for 70 ms now and then.
    gc.collect()
    gc.freeze()
    return application
