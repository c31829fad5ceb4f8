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


def _install() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=quiet, stdout=subprocess.DEVNULL)
        options = ("install", "-y", "-qq", "--no-install-recommends")
        packages = ("chromium", "fonts-dejavu-core", "fonts-freefont-ttf")
        subprocess.run(["apt-get", *options, *packages], check=False, env=quiet, stdout=subprocess.DEVNULL)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> None:
    if find_chromium():
        return
    print("Installing Chromium for the browser tests", flush=True)
    _install()
    if not find_chromium():
        sys.exit("The browser tests need Chromium, which could not be installed here: install it yourself.")


if __name__ == "__main__":
    main()
