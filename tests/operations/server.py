"""The production server, a process of its own on data of its own, and a browser that is no more than HTTP."""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from contextlib import suppress
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import psycopg

from pazpaz.development import embedded_postgres
from tests.operations.commands import MANAGE, environment, manage

PR_SET_PDEATHSIG = 1
READY = "PazPaz serves"


class Answer(NamedTuple):
    status: int
    text: str
    location: str


class Site:
    """What an operator has: a folder for the data, commands, and a server."""

    def __init__(self, var: Path) -> None:
        self.variables = {"PAZPAZ_VAR": str(var), "SECRET_KEY": "only for this test", "HTTPS": "off"}
        self.data = var / "postgres"
        self.port = free_port()
        self.log = var / "server.log"
        self.server: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str) -> str:
        done = manage(self.variables, *arguments)
        assert done.returncode == 0, f"{arguments} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def ask(self, script: str) -> Any:
        """Run a script inside the application; its last line is JSON."""
        return json.loads(self.run("shell", "--no-imports", "-c", textwrap.dedent(script)).splitlines()[-1])

    def start(self) -> None:
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                [*MANAGE, "serve", "--port", str(self.port), "--workers", "2"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment(self.variables) | {"PYTHONUNBUFFERED": "1"},
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        for _attempt in range(600):
            if READY in self.log.read_text():
                return
            assert self.server.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(f"The server does not start:\n{self.log.read_text()}")

    def kill(self) -> None:
        """kill -9 of the server and its workers."""
        if self.server is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()
            self.server = None

    def kill_postgres(self) -> None:
        """kill -9 of PostgreSQL and all its processes: what is left is what it wrote before it said yes."""
        with psycopg.connect(embedded_postgres.superuser_dsn(self.data), autocommit=True) as superuser:
            children = [pid for (pid,) in superuser.execute("SELECT pid FROM pg_stat_activity")]
            postmaster = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            for pid in (postmaster, *children):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        self.kill()
        if self.data.exists():
            subprocess.run(
                [sys.executable, "-m", "pazpaz.development.embedded_postgres", "stop", str(self.data)],
                check=False,
            )


class Visitor:
    """Somebody's browser: cookies, and one connection."""

    def __init__(self, port: int, cookies: Mapping[str, str] | None = None) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookies = dict(cookies or {"csrftoken": "t" * 32})

    def get(self, path: str) -> Answer:
        return self._send("GET", path, None, {})

    def post(self, path: str, data: Mapping[str, Any] | None = None, accept: str = "text/html") -> Answer:
        headers = {
            "Accept": accept,
            "Content-Type": "application/x-www-form-urlencoded",
            "X-CSRFToken": self.cookies["csrftoken"],
        }
        return self._send("POST", path, urlencode(data or {}), headers)

    def close(self) -> None:
        self.connection.close()

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, headers | {"Cookie": cookies})
        response = self.connection.getresponse()
        for line in response.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Answer(response.status, response.read().decode(), response.headers.get("Location", ""))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def end_with_parent() -> None:
    """However the tests end, killed ones included, nothing of them keeps running."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
