"""PostgreSQL's own catalogue: no table of tenants lacks a rule, and no rule can be lost unnoticed."""

from __future__ import annotations

from itertools import product

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from clients.models import Client
from pazpaz.accounts.models import User
from tests.cast import inside
from tests.conftest import Connection
from tests.database import catalogue as rules
from tests.database.two_practices import TENANT_MODELS
from tests.factories import ClientFactory

TABLES = sorted(model._meta.db_table for model in TENANT_MODELS)

pytestmark = pytest.mark.django_db


def test_every_table_with_a_workspace_is_a_model_we_know(catalogue: Connection) -> None:
    assert rules.tenant_tables(catalogue) == TABLES


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_tenants_keeps_every_rule(catalogue: Connection, table: str) -> None:
    assert rules.faults(catalogue, table) == []


def test_every_other_table_is_known_to_hold_nothing_of_a_practice(catalogue: Connection) -> None:
    """A new table without a workspace is looked at before it is added here."""
    names = catalogue.execute(
        "SELECT relname::text FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    ).fetchall()
    assert {name for (name,) in names} - set(TABLES) == {
        "account_emailaddress",
        "account_emailconfirmation",
        "accounts_signinlink",
        "accounts_usedcode",
        "auth_group",
        "auth_group_permissions",
        "auth_permission",
        "django_admin_log",
        "django_content_type",
        "django_migrations",
        "accounts_session",
        "mfa_authenticator",
        "pazpaz_cache",
    }


def test_no_view_stands_before_a_table_of_tenants(catalogue: Connection) -> None:
    """A view reads as its owner, past every policy."""
    views = catalogue.execute(
        "SELECT relname FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'f')"
    ).fetchall()
    assert views == []


# They ask of the open workspace alone; `tests/audit/test_lookup.py` tries to make them do otherwise.
RUN_AS_OWNER = [("pazpaz_audit_mentions",)]


def test_no_other_function_runs_as_its_owner(catalogue: Connection) -> None:
    functions = catalogue.execute(
        "SELECT p.proname FROM pg_proc p LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' "
        "WHERE p.pronamespace = 'public'::regnamespace AND d.objid IS NULL "
        "AND (p.prosecdef OR p.proconfig IS NULL)"
    ).fetchall()
    assert functions == RUN_AS_OWNER
    for (name,) in RUN_AS_OWNER:
        [(path, rights)] = catalogue.execute(
            "SELECT proconfig, proacl::text[] FROM pg_proc WHERE proname = %s", [name]
        ).fetchall()
        assert path == ["search_path=pg_catalog, public, pg_temp"]
        assert not any(right.startswith("=") for right in rights)  # PUBLIC


def test_encrypted_columns_are_checked_by_the_database(catalogue: Connection) -> None:
    from pazpaz.encryption.registry import registered_fields

    for field in registered_fields():
        found = catalogue.execute(
            "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_attribute a "
            "ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum] "
            "WHERE c.conrelid = %s::regclass AND c.contype = 'c' AND a.attname = %s",
            [field.model._meta.db_table, field.column],
        ).fetchall()
        assert any("^v[1-9][0-9]{0,5}:" in definition for (definition,) in found), field.label


def test_the_tests_run_as_the_role_that_serves(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("pazpaz_app", False, False, False, False)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE x ()",
        "CREATE TEMP TABLE clients_client ()",
        "CREATE VIEW x AS SELECT * FROM clients_client",
        "CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE clients_client NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE audit_auditevent DISABLE TRIGGER append_only",
        "DROP TABLE clients_client",
        "TRUNCATE clients_client",
        "SET session_replication_role = replica",
        "SET ROLE pazpaz_owner",
        "SET SESSION AUTHORIZATION postgres",
        "COPY clients_client FROM '/etc/passwd'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "ALTER ROLE pazpaz_app BYPASSRLS",
        "ALTER DATABASE postgres OWNER TO pazpaz_app",
    ],
)
def test_the_serving_role_has_no_way_around(dana: User, statement: str) -> None:
    with inside(dana), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_row_security_off_is_an_error_and_no_way_around(dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    with inside(dana), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL row_security = off; SELECT * FROM clients_client")


# Whoever drops one of these must see a test fail --------------------------------------------------------

DAMAGE = [
    "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY workspace ON {table}",
    "ALTER POLICY workspace ON {table} USING (true)",
    "ALTER POLICY workspace ON {table} WITH CHECK (true)",
    "CREATE POLICY generous ON {table} USING (true)",
    "GRANT TRUNCATE ON {table} TO pazpaz_app",
    "GRANT SELECT ON {table} TO PUBLIC",
]


def test_a_lost_rule_is_noticed(superuser: Connection) -> None:
    for table, statement in product(TABLES, DAMAGE):
        with superuser.transaction(force_rollback=True):
            superuser.execute(statement.format(table=table))
            assert rules.faults(superuser, table), statement.format(table=table)


def test_lost_keys_and_triggers_are_noticed(superuser: Connection) -> None:
    keys = superuser.execute(
        "SELECT conrelid::regclass::text, conname::text FROM pg_constraint WHERE contype = 'f' "
        "AND conname LIKE '%same_workspace'"
    ).fetchall()
    assert len(keys) > 10
    for table, name in keys:
        with superuser.transaction(force_rollback=True):
            found = superuser.execute(rules.FOREIGN_KEYS, [table])
            [column] = [columns[1] for key, *_, columns, _to in found if key == name]
            superuser.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            assert missing_references(superuser) == [(table, column)]
    for table in ("audit_auditevent", "audit_audithead", "session_notes_noteversion"):
        for deed in ("DISABLE TRIGGER ALL", "ENABLE TRIGGER ALL"):
            with superuser.transaction(force_rollback=True):
                superuser.execute(f"ALTER TABLE {table} {deed}")
                assert rules.faults(superuser, table)


def missing_references(connection: Connection) -> list[tuple[str, str]]:
    """Foreign keys of the models that PostgreSQL does not hold as composite keys."""
    missing: list[tuple[str, str]] = []
    for model in TENANT_MODELS:
        table = model._meta.db_table
        held = {tuple(columns) for *_, columns, _to in connection.execute(rules.FOREIGN_KEYS, [table])}
        missing += [
            (table, str(field.column))
            for field in model._meta.local_concrete_fields
            if field.related_model in TENANT_MODELS
            and field.name != "workspace"
            and ("workspace_id", str(field.column)) not in held
        ]
    return missing


def test_every_reference_of_the_models_is_held_by_the_database(catalogue: Connection) -> None:
    assert missing_references(catalogue) == []


@pytest.mark.django_db(transaction=True)
def test_without_its_policy_a_table_shows_another_practice(
    superuser: Connection, dana: User, omer: User
) -> None:
    """The isolation tests can fail: this is what they would see."""
    client = ClientFactory(workspace=omer.workspace)
    with inside(dana):
        assert not Client.objects.filter(pk=client.pk).exists()
    superuser.execute("ALTER POLICY workspace ON clients_client USING (true)")
    with inside(dana):
        assert Client.objects.filter(pk=client.pk).exists()


def test_every_model_with_encrypted_columns_is_a_table_of_tenants() -> None:
    from pazpaz.encryption.registry import sealed_models

    assert set(sealed_models()) <= set(TENANT_MODELS)
    assert {m for m in apps.get_models() if hasattr(m, "workspace")} <= set(TENANT_MODELS)
