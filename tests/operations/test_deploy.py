"""Production settings: silent when all is well, a sentence when something is missing."""

import base64
from pathlib import Path

import pytest

from pazpaz.development import embedded_postgres
from pazpaz.encryption.keys import KEY_BYTES, generate_key
from tests.conftest import Connection
from tests.operations.commands import manage
from tests.postgres import APP, OWNER, DatabaseOfTheRun


@pytest.fixture
def production(db: None, database_of_the_run: DatabaseOfTheRun, tmp_path: Path) -> dict[str, str]:
    """The least that production needs, on the server of the tests."""
    sockets = embedded_postgres.socket_directory(database_of_the_run.data)
    return {
        "PAZPAZ_VAR": str(tmp_path),
        "DATABASE_URL": f"postgres://{APP.role}@/{sockets}/{database_of_the_run.name}",
        "OWNER_DATABASE_URL": f"postgres://{OWNER.role}@/{sockets}/{database_of_the_run.name}",
        "SECRET_KEY": "a long and random text for the tests, of more than fifty characters",
        "ENCRYPTION_MASTER_KEY": generate_key(),
        "ALLOWED_HOSTS": "practice.example.org",
    }


@pytest.mark.parametrize("variables", [{}, {"CACHE_URL": "redis://localhost:6379/0"}], ids=str)
def test_the_deployment_check_is_silent(production: dict[str, str], variables: dict[str, str]) -> None:
    check = manage(production | variables, "check", "--deploy", "--database=default", "--fail-level=INFO")
    assert (check.returncode, check.stderr) == (0, "")
    assert check.stdout == "System check identified no issues (0 silenced).\n"


@pytest.mark.parametrize(
    "missing", ["OWNER_DATABASE_URL", "SECRET_KEY", "ENCRYPTION_MASTER_KEY", "ALLOWED_HOSTS"]
)
def test_a_missing_value_stops_the_start_with_a_sentence(production: dict[str, str], missing: str) -> None:
    del production[missing]
    start = manage(production, "serve")
    assert start.returncode == 1
    assert start.stderr.startswith(f"{missing} is not set: ")
    assert len(start.stderr.splitlines()) == 1, "a sentence, not a traceback"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENCRYPTION_MASTER_KEY", "too short"),
        ("HTTPS", "perhaps"),
        ("DATABASE_CONNECTION_SECONDS", "long"),
        ("DATABASE_PREPARED_STATEMENTS", "perhaps"),
        ("CACHE_URL", "memcache://localhost:11211"),
        ("CACHE_URL", "redis://localhost/0?serializer=any.Class"),
        ("EMAIL_URL", "smtp://localhost:port"),
        ("LOG_LEVEL", "loud"),
        ("PAZPAZ_URL", "practice.example.org"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("DATABASE_URL", "practice"),
        ("DATABASE_URL", "postgres://role@host:port/practice"),
    ],
)
def test_a_malformed_value_stops_the_start_and_is_named(
    production: dict[str, str], name: str, value: str
) -> None:
    start = manage(production | {name: value}, "check")
    assert start.returncode == 1
    assert name in start.stderr
    assert "Traceback" not in start.stderr


def test_a_role_that_could_bypass_policies_does_not_serve(production: dict[str, str]) -> None:
    start = manage(production | {"DATABASE_URL": production["OWNER_DATABASE_URL"]}, "serve", "--port=1")
    assert start.returncode == 1
    assert "could read every workspace past row-level security" in start.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--port=0"],
        ["serve", "--port=65536"],
        ["serve", "--threads=0"],
        ["serve", "--workers=-1"],
        ["verify_audit", "--head", "--json"],
    ],
)
def test_an_option_that_makes_no_sense_is_refused(production: dict[str, str], arguments: list[str]) -> None:
    start = manage(production, *arguments)
    assert start.returncode == 2
    assert f"manage.py {arguments[0]}: error: argument --" in start.stderr
    assert "Traceback" not in start.stderr


@pytest.mark.parametrize("arguments", [["serve"], ["verify_audit"], ["signin_link", "dana@example.org"]])
def test_a_database_that_does_not_answer_is_said_in_a_sentence(
    production: dict[str, str], arguments: list[str]
) -> None:
    nowhere = "postgres://nobody@127.0.0.1:1/nothing"
    start = manage(production | {"DATABASE_URL": nowhere, "OWNER_DATABASE_URL": nowhere}, *arguments)
    assert start.returncode == 1
    assert start.stderr.startswith("The database does not answer: ")
    assert "Traceback" not in start.stderr


def test_missing_tables_are_said_in_a_sentence(production: dict[str, str], superuser: Connection) -> None:
    superuser.execute("ALTER TABLE accounts_user RENAME TO elsewhere")
    try:
        start = manage(production, "signin_link", "dana@example.org")
    finally:
        superuser.execute("ALTER TABLE elsewhere RENAME TO accounts_user")
    assert start.returncode == 1
    assert start.stderr == "The tables are missing or not up to date: run `manage.py migrate` first.\n"


def test_a_key_is_made_before_anything_is_configured() -> None:
    made = manage({"DATABASE_URL": "postgres://pazpaz_app@db.example.org/pazpaz"}, "generate_key")
    assert made.returncode == 0
    assert len(base64.b64decode(made.stdout)) == KEY_BYTES


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_an_address_of_another_machine_is_not_called_a_taken_port(
    production: dict[str, str], host: str
) -> None:
    start = manage(production, "serve", f"--host={host}", "--port=8000")
    assert start.returncode == 1
    assert start.stderr.startswith(f"CommandError: This machine has no address {host}")
