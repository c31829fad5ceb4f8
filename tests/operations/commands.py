"""Run `manage.py` as an operator does: a process of its own, with no more environment than it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from django.conf import settings

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
NEEDED = ("PATH", "HOME", "LANG", "TMPDIR")


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: os.environ[name] for name in NEEDED if name in os.environ} | dict(variables)


def manage(variables: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MANAGE, *arguments],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=180,
        env=environment(variables),
    )
