import psycopg
import pytest
from django.core.checks import CheckMessage, Tags, run_checks
from django.db import connection, connections
from django.db.utils import ProgrammingError
from psycopg import sql

from pazpaz.database.checks import FIRST_MENDED, is_mended
from pazpaz.development import embedded_postgres
from tests.conftest import Connection
from tests.postgres import APP, OWNER, DatabaseOfTheRun

pytestmark = pytest.mark.django_db


def complaints() -> list[CheckMessage]:
    return run_checks(tags=[Tags.database], databases=["default"])


def test_the_tests_run_as_the_application_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, current_user, current_setting('search_path')")
        assert cursor.fetchone() == (APP.role, APP.role, "public, pg_temp")
    assert complaints() == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine ()",
        "CREATE TEMPORARY TABLE mine ()",
        "CREATE SCHEMA mine",
        "CREATE EXTENSION pg_trgm",
        "CREATE ROLE another",
        "TRUNCATE accounts_session",
        "DROP TABLE accounts_session",
        "ALTER TABLE accounts_session DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE accounts_session DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        f"SET ROLE {OWNER.role}",
        f"ALTER ROLE {APP.role} BYPASSRLS",
    ],
)
def test_the_application_role_may_only_read_and_write_rows(statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError) as refusal:
        cursor.execute(statement)
    assert isinstance(refusal.value.__cause__, psycopg.errors.InsufficientPrivilege)


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_owner_is_no_superuser_and_obeys_policies_too() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = session_user")
        assert cursor.fetchone() == (False, False)


@pytest.mark.parametrize(
    ("role", "danger"),
    [
        (embedded_postgres.SUPERUSER, "it is a superuser"),
        (OWNER.role, "it owns the database or tables in it"),
    ],
)
def test_the_check_refuses_to_serve_as(
    role: str, danger: str, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "USER", role)
    (error,) = complaints()
    assert f"{role} could read every workspace past row-level security: {danger}" in error.msg
    assert "manage.py setup_database" in str(error.hint)
    connection.close()


@pytest.mark.parametrize(
    ("power", "danger"),
    [("BYPASSRLS", "it has BYPASSRLS"), (f"IN ROLE {OWNER.role}", f"it can act as {OWNER.role}")],
)
def test_the_check_refuses_a_role_with(
    power: str,
    danger: str,
    superuser: Connection,
    database_of_the_run: DatabaseOfTheRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    role = f"{database_of_the_run.name}_powerful"
    name = sql.Identifier(role)
    superuser.execute(sql.SQL(f"CREATE ROLE {{}} LOGIN NOINHERIT {power}").format(name))
    database = sql.Identifier(database_of_the_run.name)
    superuser.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, name))
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "USER", role)
    try:
        (error,) = complaints()
        assert danger in error.msg
    finally:
        connection.close()
        superuser.execute(sql.SQL("DROP OWNED BY {}").format(name))
        superuser.execute(sql.SQL("DROP ROLE {}").format(name))


def test_what_a_committing_test_wrote_is_gone_afterwards(
    superuser: Connection, second_connection: Connection
) -> None:
    superuser.execute("CREATE TABLE left_behind ()")
    superuser.execute("DROP TABLE accounts_session CASCADE")
    assert second_connection.execute("SELECT to_regclass('accounts_session')").fetchone() == (None,)


def test_and_the_next_test_finds_the_database_as_migrated(second_connection: Connection) -> None:
    found = second_connection.execute(
        "SELECT to_regclass('left_behind'), to_regclass('accounts_session')::text"
    )
    assert found.fetchone() == (None, "accounts_session")


@pytest.mark.parametrize("version", [160010, 160011, 170006, 180000, 190001])
def test_these_servers_hide_their_statistics(version: int) -> None:
    assert is_mended(version)


@pytest.mark.parametrize("version", [90624, 150014, 160009, 170005])
def test_these_servers_do_not(version: int) -> None:
    assert not is_mended(version)


def test_a_server_that_shows_what_policies_hide_does_not_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    version = connection.connection.info.server_version
    monkeypatch.setitem(FIRST_MENDED, version // 10_000, version + 1)
    assert [error.id for error in complaints()] == ["tenancy.E002"]


def test_only_our_roles_may_use_the_schema(catalogue: Connection) -> None:
    granted = catalogue.execute(
        "SELECT DISTINCT grantee::regrole::text FROM pg_namespace, aclexplode(nspacl) "
        "WHERE nspname = 'public'"
    ).fetchall()
    # The owner of a database is what pg_database_owner stands for; `-` would be everybody.
    assert {role for (role,) in granted} <= {OWNER.role, APP.role, "pg_database_owner"}
