"""What reviewers forget to look for."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

PACKAGES = ("pazpaz", "audit", "clients", "scheduling", "sessions")
# Who signs in is not in a workspace yet.
EXEMPT = {("pazpaz/accounts/allauth/forms.py", "User.objects")}
MANAGERS = {"objects", "_default_manager", "_base_manager"}


def modules_that_serve_requests() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            if {"views", "forms"} & {path.stem, path.parent.name}:
                yield path.relative_to(settings.BASE_DIR)


def compiled_queries_in(source: str) -> list[ast.FunctionDef]:
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        and "compiled" in {ast.unparse(decorator) for decorator in node.decorator_list}
    ]


def asks_for_the_workspace(query: ast.FunctionDef) -> bool:
    """Whether a compiled query, which has no workspace to start at, filters by the one it is given."""
    is_given = query.args.args[:1] and query.args.args[0].arg == "workspace"
    return bool(is_given) and any(
        isinstance(node, ast.keyword) and node.arg == "workspace" and ast.unparse(node.value) == "workspace"
        for node in ast.walk(query)
    )


def managers_in(source: str) -> list[tuple[int, str]]:
    within = {
        (node.lineno, node.col_offset)
        for query in compiled_queries_in(source)
        if asks_for_the_workspace(query)
        for node in ast.walk(query)
        if isinstance(node, ast.Attribute)
    }
    return [
        (node.lineno, ast.unparse(node))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr in MANAGERS
        and (node.lineno, node.col_offset) not in within
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
    "source",
    [
        "Client.objects.get(pk=1)",
        "model = type(c)._default_manager",
        "x = A.objects",
        "@compiled\ndef q(pk: UUID): return A.objects.filter(pk=pk)",
        "@compiled\ndef q(workspace: UUID): return A.objects.filter(pk=workspace)",
    ],
)
def test_the_rule_finds(source: str) -> None:
    assert managers_in(source)


def test_the_rule_accepts_the_workspace() -> None:
    assert not managers_in("request.workspace.clients.get(pk=1)")


def test_the_rule_accepts_a_compiled_query_of_a_workspace() -> None:
    assert not managers_in(
        "@compiled\ndef q(workspace: UUID, pk: UUID): return A.objects.filter(workspace=workspace, pk=pk)"
    )


# Before anybody is signed in there is no workspace.
OF_NO_WORKSPACE = {"_live", "_with_workspace"}


def test_every_compiled_query_asks_for_one_workspace() -> None:
    """Row-level security would hide the others; a query says so all the same."""
    found = [
        (f"{path.relative_to(settings.BASE_DIR)}:{query.name}", query)
        for package in PACKAGES
        for path in sorted((settings.BASE_DIR / package).rglob("*.py"))
        for query in compiled_queries_in(path.read_text())
    ]
    careless = {
        place
        for place, query in found
        if query.name not in OF_NO_WORKSPACE and not asks_for_the_workspace(query)
    }
    assert len(found) > 10
    assert not careless


def test_every_module_of_the_platform_stands_in_a_layer() -> None:
    """import-linter looks only at the modules its contract names."""
    contracts = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(c["layers"] for c in contracts["contracts"] if "Within the platform" in c["name"])
    named = {name for layer in layers for name in re.split(r" [|:] ", layer)}
    modules = {
        ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
        for path in (settings.BASE_DIR / "pazpaz").rglob("*.py")
        if path.name != "__init__.py"
    }
    assert not {m for m in modules if not any(f"{m}.".startswith(f"{name}.") for name in named)}
    assert not {name for name in named if not any(f"{m}.".startswith(f"{name}.") for m in modules)}
