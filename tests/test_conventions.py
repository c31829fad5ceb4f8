"""What reviewers forget to look for."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

PACKAGES = ("pazpaz", "audit", "clients", "scheduling", "sessions")
# Who signs in is not in a workspace yet.
EXEMPT = {("pazpaz/accounts/forms.py", "User.objects")}
MANAGERS = {"objects", "_default_manager", "_base_manager"}


def modules_that_serve_requests() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            if {"views", "forms"} & {path.stem, path.parent.name}:
                yield path.relative_to(settings.BASE_DIR)


def managers_in(source: str) -> list[tuple[int, str]]:
    return [
        (node.lineno, ast.unparse(node))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS
    ]


def test_there_are_modules_to_look_at() -> None:
    assert Path("clients/views.py") in set(modules_that_serve_requests())


@pytest.mark.parametrize("path", list(modules_that_serve_requests()), ids=str)
def test_views_and_forms_fetch_from_the_workspace(path: Path) -> None:
    found = [
        f"{path}:{line} {name}"
        for line, name in managers_in((settings.BASE_DIR / path).read_text())
        if (str(path), name) not in EXEMPT
    ]
    assert not found, f"start at request.workspace, not at the manager of the model: {found}"


@pytest.mark.parametrize(
    "source", ["Client.objects.get(pk=1)", "model = type(c)._default_manager", "x = A.objects"]
)
def test_the_rule_finds(source: str) -> None:
    assert managers_in(source)


def test_the_rule_accepts_the_workspace() -> None:
    assert not managers_in("request.workspace.clients.get(pk=1)")
