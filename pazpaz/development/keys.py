"""Keys for a development machine, made on first use under var/keys, readable by their owner only."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from pazpaz.encryption.keys import generate_key


def secret_key(var: Path) -> str:
    """Return this checkout's SECRET_KEY; makes it on first use."""
    return _kept(var / "keys" / "secret.key", lambda: secrets.token_urlsafe(50)).read_text().strip()


def master_key_file(var: Path) -> Path:
    """Return the file of this checkout's master key (mode 600); makes it on first use."""
    return _kept(var / "keys" / "master.key", generate_key)


def _kept(path: Path, make: Callable[[], str]) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make() + "\n")
        try:
            # A link, not a rename: of two processes starting at once the first one's key stays.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path
