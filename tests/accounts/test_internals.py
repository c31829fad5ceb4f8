"""allauth may change its internal modules in any release: one file imports them, and this says what broke."""

import ast
import inspect
from pathlib import Path

from django.conf import settings

from pazpaz.accounts.allauth import internals

PACKAGES = ("pazpaz", "audit", "clients", "scheduling", "sessions")
HOME = Path("pazpaz/accounts/allauth/internals.py")


def test_one_file_imports_the_internal_modules() -> None:
    importing = {
        path.relative_to(settings.BASE_DIR)
        for package in PACKAGES
        for path in (settings.BASE_DIR / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("allauth.")
        and "internal" in (node.module or "").split(".")
    }
    assert importing == {HOME}


def test_they_are_what_we_call() -> None:
    """Each takes the arguments we pass; a renamed or lost one fails at the import above."""
    parameters = {
        name: set(inspect.signature(getattr(internals, name)).parameters)
        for name in internals.__all__
        if callable(getattr(internals, name))
    }
    assert {"request", "login"} <= parameters["perform_login"]
    assert {"request", "user", "method"} <= parameters["record_authentication"]
    assert {"request"} <= parameters["clear_login"] & parameters["unstash_login"]
    assert {"code"} <= parameters["normalize_user_code"]
    assert callable(internals.webauthn.begin_registration)
    assert isinstance(internals.SECRET_SESSION_KEY, str)
