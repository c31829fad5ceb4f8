"""What reviewers forget to look for."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from pazpaz import activity
from pazpaz.cache import SignedCache

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


# What becomes code when it is read. Whoever can write the store it is read from is then the server.
LOADERS = {"_pickle", "cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "pickle", "shelve"}
PICKLING = re.compile(
    r"(^|\.)(PickleSerializer|RedisSerializer|DatabaseCache|FileBasedCache|LocMemCache|PyLibMCCache|PyMemcacheCache)$"
    r"|^django_redis(\.|$)"
)


def loaders_in(source: str) -> list[str]:
    """Everything in a module that turns bytes into objects or text into code."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.partition(".")[0] in {*LOADERS, "yaml"}]
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            names = [n for n in whole if n.partition(".")[0] in {*LOADERS, "yaml"} or PICKLING.search(n)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            module, _, name = node.value.rpartition(".")
            is_path = re.fullmatch(r"[\w.]+", node.value) and module
            names = [node.value] if is_path and (PICKLING.search(node.value) or module in LOADERS) else []
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            keywords = {keyword.arg for keyword in node.keywords}
            if (
                called in {"eval", "exec", "__import__"}
                or called.endswith("read_pickle")
                or "allow_pickle" in keywords
            ):
                names = [called]
        found += [f"{node.lineno} {name}" for name in names]  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("package", [*PACKAGES, "bench"])
def test_nothing_that_is_read_becomes_code(package: str) -> None:
    found = {
        f"{path.relative_to(settings.BASE_DIR)}:{place}"
        for path in sorted((settings.BASE_DIR / package).rglob("*.py"))
        for place in loaders_in(path.read_text())
    }
    assert not found, "keep JSON; what a store outside this process holds is signed (pazpaz.cache)"


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import shelve as s",
        "from marshal import loads",
        "from _pickle import Unpickler",
        "import jsonpickle",
        "import yaml",
        "from yaml import load",
        "from django.contrib.sessions.serializers import PickleSerializer",
        "SESSION_SERIALIZER = 'django.contrib.sessions.serializers.PickleSerializer'",
        "CACHES = {'default': {'BACKEND': 'django.core.cache.backends.db.DatabaseCache'}}",
        "CACHES = {'x': {'BACKEND': 'django.core.cache.backends.filebased.FileBasedCache'}}",
        "CACHES = {'x': {'BACKEND': 'django_redis.cache.RedisCache'}}",
        "OPTIONS = {'serializer': 'django.core.cache.backends.redis.RedisSerializer'}",
        "from django.core.cache.backends.db import DatabaseCache",
        "signing.loads(x, serializer=import_string('pickle.Serializer'))",
        "numpy.load(x, allow_pickle=True)",
        "eval(x)",
    ],
)
def test_the_rule_about_code_finds(source: str) -> None:
    assert loaders_in(source)


def test_what_is_configured_reads_json() -> None:
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    for configured in settings.CACHES.values():
        assert issubclass(import_string(configured["BACKEND"]), SignedCache)


# The settings and the root of the URLs put the apps together.
MAY_NAME_APPS = {"pazpaz/settings.py", "pazpaz/urls.py"}


def names_of_apps_above(source: str) -> list[str]:
    """The words of domain apps in a source: a package, the name of a URL, the code of an action."""
    above = {"clients", "scheduling", "sessions"}
    codes = {code for app in above for code in activity._words[app].actions}
    urls = re.compile(rf"({'|'.join(above)})[:.][a-z_.:-]+")
    texts = {n.value for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant)}
    return sorted(
        text
        for text in texts
        if isinstance(text, str) and (text in codes | {"clients", "scheduling"} or urls.fullmatch(text))
    )


@pytest.mark.parametrize(
    "source", ['"clients"', '"sessions:note"', '"appointment.booked"', '"sessions.today"']
)
def test_the_rule_finds_the_name_of_an_app_above(source: str) -> None:
    assert names_of_apps_above(source)


def test_the_platform_and_the_audit_app_name_no_app_above_them() -> None:
    """Apps register their own words: imports that run one way would not show a name in a text."""
    named = {
        str(path.relative_to(settings.BASE_DIR)): names
        for package in ("pazpaz", "audit")
        for path in (settings.BASE_DIR / package).rglob("*.py")
        if (names := names_of_apps_above(path.read_text()))
    }
    assert {path: names for path, names in named.items() if path not in MAY_NAME_APPS} == {}
