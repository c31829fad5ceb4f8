"""The production server, run for the bench on a port of its own, and somebody who is signed in to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.urls import reverse
from django.utils.crypto import get_random_string

from bench.load import Visitor
from pazpaz.accounts.models import User
from pazpaz.accounts.session_clock import begin_session
from pazpaz.accounts.session_store import SessionStore

ROOT = Path(__file__).resolve().parent.parent
CSRF_SECRET_LENGTH = 32
PATIENCE_SECONDS = 60


@contextmanager
def running_server(workers: int) -> Iterator[tuple[int, int]]:
    """Run `manage.py serve` for the block; yields its port and process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "manage.py", "serve", f"--port={port}", f"--workers={workers}"]
    server = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, env=os.environ | {"LOG_LEVEL": "WARNING"}
    )
    try:
        _wait_for(server, port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait()


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit("The server did not start.")
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", reverse(settings.LOGIN_URL))
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The server did not answer.")


def sign_in(user: User, port: int) -> Visitor:
    """Return a browser with a session of the user's."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    begin_session(session)
    session.create()
    token = get_random_string(CSRF_SECRET_LENGTH)
    cookies = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={token}"
    return Visitor(port, cookies, token)


def worker_megabytes(server: int) -> float:
    """Return the resident memory of the largest worker of a server."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "ppid=,rss="], capture_output=True, text=True, check=True
    ).stdout
    rows = (map(int, line.split()) for line in listing.splitlines())
    return max(kilobytes for parent, kilobytes in rows if parent == server) / 1024
