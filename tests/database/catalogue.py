"""What PostgreSQL itself says about the tables of tenants: every rule that a new table must keep."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conftest import Connection

APP = "pazpaz_app"

# Found before a practice is known; read narrowed within one (see RegistryTable).
REGISTRY = {"accounts_workspace": "id", "accounts_user": "workspace_id"}
APPEND_ONLY = {"audit_auditevent", "session_notes_noteversion"}
# Rows that nobody deletes one by one.
KEPT = {*APPEND_ONLY, *REGISTRY, "accounts_workspacekey", "audit_audithead", "clients_consent"}
# An address signs in once, wherever its practice is.
UNIQUE_EVERYWHERE = {"accounts_user": {("email",)}}

TENANT_TABLES = """
    SELECT DISTINCT c.relname::text FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND (a.attname IS NOT NULL OR c.relname = 'accounts_workspace')
    ORDER BY 1
"""
POLICIES = """
    SELECT polname::text, polcmd = '*', polpermissive, polroles = '{0}', polroles::regrole[]::text[],
           pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
    FROM pg_policy WHERE polrelid = %s::regclass ORDER BY 1
"""
FOREIGN_KEYS = """
    SELECT conname::text, confrelid::regclass::text, confdeltype::text,
           ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY k (n, i)
                 JOIN pg_attribute ON attrelid = conrelid AND attnum = n ORDER BY i),
           ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY k (n, i)
                 JOIN pg_attribute ON attrelid = confrelid AND attnum = n ORDER BY i)
    FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY 1
"""
INDEXES = """
    SELECT i.indexrelid::regclass::text, i.indisunique, i.indisprimary, i.indisexclusion,
           ARRAY(SELECT coalesce(a.attname::text, '') FROM unnest(i.indkey) WITH ORDINALITY k (n, o)
                 LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n ORDER BY o)
    FROM pg_index i WHERE i.indrelid = %s::regclass
"""
GRANTS = """
    SELECT grantee::regrole::text, privilege_type FROM pg_class, aclexplode(relacl)
    WHERE oid = %s::regclass AND grantee <> relowner
"""
TRIGGERS = """
    SELECT tgname::text, tgenabled::text, (tgtype & 8) > 0, (tgtype & 16) > 0, (tgtype & 32) > 0
    FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal
"""


def tenant_tables(connection: Connection) -> list[str]:
    return [name for (name,) in connection.execute(TENANT_TABLES).fetchall()]


def faults(connection: Connection, table: str) -> list[str]:
    """Return every rule of tenancy that a table breaks."""
    return [
        *_policy_faults(connection, table),
        *_key_faults(connection, table),
        *_index_faults(connection, table),
        *_grant_faults(connection, table),
        *_trigger_faults(connection, table),
    ]


def _policy_faults(connection: Connection, table: str) -> Iterator[str]:
    [(enabled, forced)] = connection.execute(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [table]
    ).fetchall()
    if not enabled:
        yield "row-level security is not enabled"
    if not forced:
        yield "row-level security is not forced upon the owner"
    policies = {name: rest for name, *rest in connection.execute(POLICIES, [table]).fetchall()}
    if table in REGISTRY:
        opened = "( SELECT pazpaz_open_workspace() AS pazpaz_open_workspace)"
        condition = f"(({opened} IS NULL) OR ({REGISTRY[table]} = {opened}))"
    else:
        condition = "(workspace_id = ( SELECT pazpaz_current_workspace() AS pazpaz_current_workspace))"
    expected = {
        "workspace": [True, True, True, ["-"], condition, condition],
        "owner": [True, True, False, ["pazpaz_owner"], "true", "true"],
    }
    for name in expected.keys() | policies.keys():
        if policies.get(name) != expected.get(name):
            yield f"policy {name} is {policies.get(name)}"


def _key_faults(connection: Connection, table: str) -> Iterator[str]:
    tenants = set(tenant_tables(connection))
    has_workspace = table == "accounts_workspace"
    for name, target, action, columns, targets in connection.execute(FOREIGN_KEYS, [table]).fetchall():
        if target == "accounts_workspace" and columns == ["workspace_id"]:
            has_workspace = True
            if action != "c":
                yield f"{name} does not go when its workspace goes"
        elif target in tenants and (columns[:1], targets) != (["workspace_id"], ["workspace_id", "id"]):
            yield f"{name} is not composite: {columns} to {targets}"
    # The trail outlives its workspace.
    if not has_workspace and not table.startswith("audit_"):
        yield "nothing ties it to its workspace"


def _index_faults(connection: Connection, table: str) -> Iterator[str]:
    if table == "accounts_workspace":
        return
    indexes = connection.execute(INDEXES, [table]).fetchall()
    if not any(columns[0] == "workspace_id" for *_rest, columns in indexes):
        yield "no index begins with the workspace"
    for name, is_unique, is_primary, is_exclusion, columns in indexes:
        everywhere = tuple(columns) in UNIQUE_EVERYWHERE.get(table, ())
        if (
            (is_unique or is_exclusion)
            and not is_primary
            and "workspace_id" not in columns
            and not everywhere
        ):
            yield f"{name} is unique across workspaces"


def _grant_faults(connection: Connection, table: str) -> Iterator[str]:
    expected = {"SELECT", "INSERT"}
    if table not in APPEND_ONLY:
        expected.add("UPDATE")
    if table not in KEPT:
        expected.add("DELETE")
    granted: dict[str, set[str]] = {}
    for role, privilege in connection.execute(GRANTS, [table]).fetchall():
        granted.setdefault(role, set()).add(privilege)
    if granted != {APP: expected}:
        yield f"grants are {granted}, not {expected} to {APP}"


def _trigger_faults(connection: Connection, table: str) -> Iterator[str]:
    triggers = connection.execute(TRIGGERS, [table]).fetchall()
    for name, enabled, *_deeds in triggers:
        if enabled != "A":
            yield f"trigger {name} can be passed by: it is not ENABLE ALWAYS"
    if table in {*APPEND_ONLY, "audit_audithead"}:
        stopped = [any(t[deed] for t in triggers) for deed in (2, 3, 4)]
        if stopped != [True, True, True]:
            yield f"delete, update, truncate are stopped: {stopped}"
