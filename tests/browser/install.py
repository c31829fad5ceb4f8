"""Find a Chromium that starts, and install one if there is none: `python -m tests.browser.install`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The path of a Chromium that starts: the system's, else the one that Playwright downloaded."""
    return next(filter(_starts, (*filter(None, map(shutil.which, NAMES)), *_of_playwright())), None)


def _of_playwright() -> list[str]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return [path] if Path(path).exists() else []


def _starts(path: str) -> bool:
    # Ubuntu has a `chromium-browser` that only says how to install the real one.
    return subprocess.run([path, "--version"], check=False, capture_output=True).returncode == 0


def _install_from_debian() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _try("apt-get", "update")
        _try("apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-freefont-ttf")


def _install_from_playwright() -> None:
    _try(sys.executable, "-m", "playwright", "install", "chromium")


def _try(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL, env=environment)


def main() -> None:
    if find_chromium():
        return
    print("Installing Chromium for the browser tests", flush=True)
    for install in (_install_from_debian, _install_from_playwright):
        install()
        if find_chromium():
            return
    sys.exit("The browser tests need a Chromium on the PATH. On Debian: apt install chromium")


if __name__ == "__main__":
    main()
