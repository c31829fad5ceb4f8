"""Says on one line of the console what is going on."""

from __future__ import annotations


def say(what: str) -> None:
    print(f"\r\033[K{what}", end="", flush=True)
