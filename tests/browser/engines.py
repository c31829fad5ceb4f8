"""Three browsers by one hand: Chromium and WebKit over WebDriver, Firefox over its own Marionette.

Debian ships no geckodriver, and all it would do is translate: both protocols know the same commands.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Any, Protocol

from tests.browser.install import find_chromium, find_minibrowser

STARTS_WITHIN = ANSWERS_WITHIN = 30
PATIENCE = 15
SIZE = {"width": 1280, "height": 900}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

# The commands we need: WebDriver's method and path, and what Marionette calls them.
COMMANDS = {
    "Navigate": ("POST", "/url"),
    "Back": ("POST", "/back"),
    "ExecuteScript": ("POST", "/execute/sync"),
    "FindElement": ("POST", "/element"),
    "ElementClick": ("POST", "/element/{id}/click"),
    "ElementSendKeys": ("POST", "/element/{id}/value"),
    "SetWindowRect": ("POST", "/window/rect"),
    "TakeScreenshot": ("GET", "/screenshot"),
}


class EngineError(Exception):
    pass


class Transport(Protocol):
    def call(self, name: str, **values: Any) -> Any: ...
    def close(self) -> None: ...


def start_process(*command: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
        start_new_session=True,
    )


def end_process(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def until[T](ask: Callable[[], T | None], *, within: float, failure: Callable[[], str]) -> T:
    """Ask until there is an answer."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.05)
    raise EngineError(failure())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


class WebDriver:
    """JSON over HTTP to a driver's process."""

    def __init__(self, *driver: str, capabilities: dict[str, Any], environment: dict[str, str]) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/session"
        self.process = start_process(*driver, f"--port={port}", **environment)
        try:
            until(lambda: _listens(port), within=STARTS_WITHIN, failure=lambda: f"{driver[0]} does not start")
            session = self._request("POST", "", {"capabilities": {"alwaysMatch": capabilities}})
        except BaseException:
            end_process(self.process)
            raise
        self.url += f"/{session['sessionId']}"

    def call(self, name: str, **values: Any) -> Any:
        method, path = COMMANDS[name]
        return self._request(method, path.format(**values), values)

    def _request(self, method: str, path: str, values: dict[str, Any]) -> Any:
        body = json.dumps(values).encode() if method == "POST" else None
        headers = {"Content-Type": "application/json; charset=utf-8"}
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                raise EngineError(error.read().decode(errors="replace")[:500]) from None

    def close(self) -> None:
        with suppress(EngineError, OSError):
            self._request("DELETE", "", {})
        end_process(self.process)


class Marionette:
    """JSON over TCP, straight to Firefox: each message is led by its length."""

    socket: socket.socket
    file: BufferedReader

    def __init__(self, firefox: str) -> None:
        self.profile = tempfile.TemporaryDirectory(prefix="pazpaz-firefox-", ignore_cleanup_errors=True)
        folder = Path(self.profile.name)
        (folder / "user.js").write_text(FIREFOX_PREFERENCES)
        command = [firefox, "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
        self.process = start_process(*command, HOME=str(folder))
        self.number = 0
        try:
            until(
                lambda: _connect(folder / "MarionetteActivePort", self),
                within=STARTS_WITHIN,
                failure=lambda: "Firefox does not start",
            )
            self._read()  # its greeting
            self._send("WebDriver:NewSession", {"capabilities": {}})
        except BaseException:
            self.close()
            raise

    def call(self, name: str, **values: Any) -> Any:
        answer = self._send(f"WebDriver:{name}", values)
        return answer["value"] if isinstance(answer, dict) and "value" in answer else answer

    def _send(self, name: str, values: dict[str, Any]) -> Any:
        self.number += 1
        message = json.dumps([0, self.number, name, values]).encode()
        self.socket.sendall(b"%d:" % len(message) + message)
        _type, _number, error, answer = self._read()
        if error:
            raise EngineError(f"{error['error']}: {error['message']}")
        return answer

    def _read(self) -> Any:
        length = b""
        while (character := self.file.read(1)) != b":":
            if not character:
                raise EngineError("Firefox is gone")
            length += character
        return json.loads(self.file.read(int(length)))

    def close(self) -> None:
        end_process(self.process)
        if hasattr(self, "socket"):
            self.file.close()
            self.socket.close()
        self.profile.cleanup()


FIREFOX_PREFERENCES = """\
user_pref("marionette.port", 0);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.normandy.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,");
user_pref("extensions.update.enabled", false);
user_pref("intl.accept_languages", "en-GB");
user_pref("ui.prefersReducedMotion", 1);
"""


def _connect(active_port: Path, marionette: Marionette) -> bool:
    try:
        port = int(active_port.read_text())
        marionette.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWERS_WITHIN)
    except (OSError, ValueError):
        return False
    marionette.file = marionette.socket.makefile("rb")
    return True


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class Screen:
    """A display without a screen, for WebKit, which has no headless mode."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "1300x1000x24", "-nolisten", "tcp"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.name = f":{self.process.stdout.readline().decode().strip()}"

    def close(self) -> None:
        end_process(self.process)
        assert self.process.stdout is not None
        self.process.stdout.close()


class Browser:
    """What a person does with a page, in words that each engine understands."""

    def __init__(self, transport: Transport, screen: Screen | None = None) -> None:
        self.transport = transport
        self.screen = screen
        with suppress(EngineError):
            self.transport.call("SetWindowRect", **SIZE)

    def open(self, url: str) -> None:
        self.transport.call("Navigate", url=url)

    def back(self) -> None:
        # A page that was the answer to a form ends in an error page of the browser's own.
        with suppress(EngineError):
            self.transport.call("Back")

    def run(self, script: str, *arguments: Any) -> Any:
        return self.transport.call("ExecuteScript", script=script, args=list(arguments))

    def wait_for(self, condition: str, *arguments: Any) -> Any:
        """Wait until a JavaScript expression is true; a page may be on its way meanwhile."""

        def ask() -> Any:
            with suppress(EngineError):
                return self.run(f"return {condition}", *arguments)

        def failure() -> str:
            seen = self.run("return location.href + ' ' + document.body.innerText.slice(0, 400)")
            return f"Never became true: {condition} {arguments}\n{seen}"

        return until(ask, within=PATIENCE, failure=failure)

    def wait_for_heading(self, words: str) -> None:
        self.wait_for(
            "document.readyState === 'complete'"
            " && document.querySelector('h1')?.innerText.includes(arguments[0])",
            words,
        )

    def click(self, css: str, words: str = "") -> None:
        self.transport.call("ElementClick", id=self._find(css, words))

    def type(self, css: str, text: str) -> None:
        element = self._find(css)
        self.transport.call("ElementSendKeys", id=element, text=text)

    def press(self, key: str) -> None:
        self.type("body", key)

    def fill(self, css: str, text: str) -> None:
        """As pasting does: at once, and the page hears of it."""
        self._find(css)
        self.run(
            "const field = document.querySelector(arguments[0]);"
            "field.focus(); field.value = arguments[1];"
            "for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }))",
            css,
            text,
        )

    def _find(self, css: str, words: str = "") -> str:
        found = self.wait_for(
            "[...document.querySelectorAll(arguments[0])].find("
            "each => each.checkVisibility() && (each.innerText ?? '').includes(arguments[1]))",
            css,
            words,
        )
        identifier: str = found[ELEMENT]
        return identifier

    def screenshot(self) -> bytes:
        return base64.b64decode(self.transport.call("TakeScreenshot"))

    def close(self) -> None:
        self.transport.close()
        if self.screen:
            self.screen.close()


def start_chromium() -> Browser:
    arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--lang=en-GB"]
    options = {"binary": find_chromium(), "args": arguments}
    driver = shutil.which("chromedriver")
    assert driver
    capabilities = {"goog:chromeOptions": options}
    return Browser(WebDriver(driver, capabilities=capabilities, environment={}))


def start_firefox() -> Browser:
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    assert path
    return Browser(Marionette(path))


def start_webkit() -> Browser:
    screen = Screen()
    options = {"binary": find_minibrowser(), "args": ["--automation"]}
    environment = {
        "DISPLAY": screen.name,
        "LC_ALL": "C.UTF-8",
        "GDK_BACKEND": "x11",
        "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # root has none, and the pages are ours
    }
    try:
        capabilities = {"webkitgtk:browserOptions": options}
        driver = WebDriver("WebKitWebDriver", capabilities=capabilities, environment=environment)
        return Browser(driver, screen)
    except BaseException:
        screen.close()
        raise


ENGINES = {"chromium": start_chromium, "firefox": start_firefox, "webkit": start_webkit}
