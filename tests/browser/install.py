"""Find the browsers of the tests, and install what is missing: `python -m tests.browser.install`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEBIAN_PACKAGES = {
    "chromium": ("chromium", "chromium-driver", "fonts-freefont-ttf"),
    "firefox": ("firefox-esr",),
    "webkit": ("webkit2gtk-driver", "xvfb"),
}


def find_chromium() -> str | None:
    """The path of a Chromium that starts: the system's, else the one that Playwright downloaded."""
    of_the_system = filter(None, map(shutil.which, NAMES))
    # Playwright is asked only when it must be: it cannot be started twice in one process.
    return next(filter(_starts, of_the_system), None) or next(filter(_starts, _of_playwright()), None)


def find_minibrowser() -> str | None:
    """The browser that comes with WebKitGTK: it is not on the PATH."""
    found = sorted(str(path) for path in Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    return found[-1] if found else None


def missing_engines() -> list[str]:
    """The engines that cannot be driven on this machine."""
    there = {
        "chromium": shutil.which("chromedriver") and find_chromium(),
        "firefox": shutil.which("firefox-esr") or shutil.which("firefox"),
        "webkit": shutil.which("WebKitWebDriver") and shutil.which("Xvfb") and find_minibrowser(),
    }
    return [engine for engine, path in there.items() if not path]


def _of_playwright() -> list[str]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return [path] if Path(path).exists() else []


def _starts(path: str) -> bool:
    # Ubuntu has a `chromium-browser` that only says how to install the real one.
    return subprocess.run([path, "--version"], check=False, capture_output=True).returncode == 0


def _install_from_debian(engines: list[str]) -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [package for engine in engines for package in DEBIAN_PACKAGES[engine]]
        wait = ("-o", "DPkg::Lock::Timeout=300")
        _try("apt-get", "update")
        # One at a time where not all of them are to be had.
        if not _try("apt-get", "install", *wait, "--yes", "--no-install-recommends", *packages):
            for package in packages:
                _try("apt-get", "install", *wait, "--yes", "--no-install-recommends", package)


def _install_from_playwright() -> None:
    _try(sys.executable, "-m", "playwright", "install", "chromium")


def _try(*command: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    result = subprocess.run(
        command, check=False, capture_output=True, stdin=subprocess.DEVNULL, env=environment
    )
    return result.returncode == 0


def main() -> None:
    if missing := missing_engines():
        print(f"Installing browsers for the tests: {', '.join(missing)}", flush=True)
        _install_from_debian(missing)
    if not find_chromium():
        _install_from_playwright()
    if not find_chromium():
        sys.exit("The browser tests need a Chromium on the PATH. On Debian: apt install chromium")
    if missing := missing_engines():
        packages = " ".join(package for engine in missing for package in DEBIAN_PACKAGES[engine])
        print(f"Not tested in {', '.join(missing)}: not on this machine. On Debian: apt install {packages}")


if __name__ == "__main__":
    main()
