"""Production settings: silent when all is well, a sentence when something is missing."""

from pathlib import Path

import pytest

from pazpaz import embedded_postgres
from pazpaz.encryption.keys import generate_key
from tests.database import APP, OWNER, DatabaseOfTheRun
from tests.operations.commands import manage


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


def test_the_deployment_check_is_silent(production: dict[str, str]) -> None:
    check = manage(production, "check", "--deploy", "--database=default", "--fail-level=INFO")
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
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("DATABASE_URL", "practice"),
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
