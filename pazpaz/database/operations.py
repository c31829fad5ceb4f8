"""Migration operations that make a table a tenant table, in one line after its CreateModel:

    TenantTable("Appointment")
    TenantTable("NoteVersion", append_only=True)

Row-level security alone is not enough: foreign keys and cascades bypass it. So every reference between tenant
tables becomes composite, `(workspace_id, client_id) REFERENCES … (workspace_id, id)`, and replaces Django's
single-column key (declare the fields with `db_constraint=False`; `on_delete` is honoured in the database).
"""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.conf import settings
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import DB_CASCADE, DB_SET_NULL, DO_NOTHING


class _TableOperation(Operation):
    reduces_to_sql = True
    reversible = True

    def __init__(self, name: str) -> None:
        self.name = name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing in the models changes."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        apps: Apps = to_state.apps
        for statement in self.statements(apps.get_model(app_label, self.name), apps):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        apps: Apps = from_state.apps
        for statement in reversed(self.undo(apps.get_model(app_label, self.name))):
            schema_editor.execute(statement, params=None)

    def statements(self, model: type[models.Model], apps: Apps) -> list[str]:
        raise NotImplementedError

    def undo(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table
        return [f"DROP POLICY workspace ON {table}", f"DROP POLICY owner ON {table}"]


class TenantTable(_TableOperation):
    """Policy, grants and composite keys for a table with a `workspace` foreign key.

    append_only: rows are added and read, nothing else, by anybody; `cascade` lets a deleted parent take them.
    deletable: whether the application may delete rows (a deleted workspace takes them along either way).
    """

    def __init__(
        self, name: str, *, append_only: bool = False, cascade: bool = False, deletable: bool = True
    ) -> None:
        super().__init__(name)
        self.append_only = append_only
        self.cascade = cascade
        self.deletable = deletable and not append_only

    def describe(self) -> str:
        return f"Isolate {self.name} by workspace"

    def statements(self, model: type[models.Model], apps: Apps) -> list[str]:
        table = model._meta.db_table
        return [
            *_isolate(table, "workspace_id = (SELECT pazpaz_current_workspace())"),
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_workspace_row UNIQUE (workspace_id, id)",
            *(sql for field in model._meta.local_fields if (sql := _composite_key(model, field))),
            *_grants(table, changeable=not self.append_only, deletable=self.deletable),
            *(self._triggers(table) if self.append_only else []),
        ]

    def _triggers(self, table: str) -> list[str]:
        argument = "'cascade'" if self.cascade else ""
        return [
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION pazpaz_append_only({argument})",
            f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION pazpaz_append_only()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_truncate",
        ]


class RegistryTable(_TableOperation):
    """Policy for the two tables sign-in needs before a workspace is known (workspaces, users).

    Inside a scope only the workspace's own rows exist; outside one all do, as nothing in them is about
    clients. So the application may not delete there: a statement outside a scope would take a practice along.
    """

    def __init__(self, name: str, *, column: str) -> None:
        super().__init__(name)
        self.column = column

    def describe(self) -> str:
        return f"Narrow {self.name} to the open workspace"

    def statements(self, model: type[models.Model], apps: Apps) -> list[str]:
        workspace = "(SELECT pazpaz_open_workspace())"
        table = model._meta.db_table
        return [
            *_isolate(table, f"{workspace} IS NULL OR {self.column} = {workspace}"),
            *_grants(table, deletable=False),
        ]


class GuardedTable(_TableOperation):
    """Policies and grants for a table of no workspace, each said in full: what is not granted cannot be done.

    `grants` are PostgreSQL's words ("SELECT, UPDATE (used_at)"); a policy is what follows the table's name in
    CREATE POLICY.
    """

    def __init__(self, name: str, *, grants: str, policies: dict[str, str]) -> None:
        super().__init__(name)
        self.grants = grants
        self.policies = policies

    def describe(self) -> str:
        return f"Narrow what the application may do with {self.name}"

    def statements(self, model: type[models.Model], apps: Apps) -> list[str]:
        table, role = model._meta.db_table, application_role()
        return [
            *_guard(table),
            *(f"CREATE POLICY {name} ON {table} {rule}" for name, rule in self.policies.items()),
            f"REVOKE ALL ON {table} FROM {role}",
            f"GRANT {self.grants} ON {table} TO {role}",
        ]

    def undo(self, model: type[models.Model]) -> list[str]:
        return [f"DROP POLICY {name} ON {model._meta.db_table}" for name in (*self.policies, "owner")]


def application_role() -> str:
    """Return the role that serves requests; migrations grant to it."""
    return f'"{settings.DATABASES["default"]["USER"]}"'


def _isolate(table: str, condition: str) -> list[str]:
    return [
        *_guard(table),
        f"CREATE POLICY workspace ON {table} USING ({condition}) WITH CHECK ({condition})",
    ]


def _guard(table: str) -> list[str]:
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        # Data migrations and dumps see every row; this role never serves requests.
        f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)",
    ]


def _grants(table: str, *, changeable: bool = True, deletable: bool = True) -> list[str]:
    role = application_role()
    deeds = ["SELECT", "INSERT", *(["UPDATE"] if changeable else []), *(["DELETE"] if deletable else [])]
    return [f"REVOKE ALL ON {table} FROM {role}", f"GRANT {', '.join(deeds)} ON {table} TO {role}"]


def _composite_key(model: type[models.Model], field: models.Field[Any, Any]) -> str:
    remote = field.related_model
    if not field.many_to_one or not isinstance(remote, type) or field.name == "workspace":
        return ""
    on_delete = field.remote_field.on_delete  # type: ignore[union-attr]
    action = {
        DB_CASCADE: "ON DELETE CASCADE",
        DB_SET_NULL: f"ON DELETE SET NULL ({field.column})",
        # Checked at commit, so that a workspace can be deleted with everything in it.
        DO_NOTHING: "DEFERRABLE INITIALLY DEFERRED",
    }[on_delete]
    table = model._meta.db_table
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{field.name}_same_workspace "
        f"FOREIGN KEY (workspace_id, {field.column}) "
        f"REFERENCES {remote._meta.db_table} (workspace_id, id) {action}"
    )
