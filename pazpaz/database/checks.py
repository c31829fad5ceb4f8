"""Row-level security protects nobody from a role that it does not apply to, so such a role may not serve."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, connections

# session_user, not current_user: whoever could RESET ROLE could leave a harmless role behind.
DANGERS = """
    WITH owners AS (
        SELECT relowner AS oid FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
        UNION SELECT datdba FROM pg_database WHERE datname = current_database()
    )
    SELECT rolname, rolsuper, rolbypassrls, oid IN (TABLE owners),
           ARRAY(SELECT rolname::text FROM pg_roles AS other
                  WHERE other.oid <> serving.oid AND pg_has_role(serving.oid, other.oid, 'MEMBER')
                    AND (rolsuper OR rolbypassrls OR oid IN (TABLE owners)) ORDER BY 1)
      FROM pg_roles AS serving WHERE rolname = session_user
"""
# By major version.
FIRST_MENDED = {16: 160010, 17: 170006}


@register(Tags.database)
def serving_role_cannot_bypass_policies(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The role of the alias `default` must be one that policies apply to, and that cannot become another."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(DANGERS)
        role, is_superuser, bypasses, owns_tables, powerful_groups = cursor.fetchone()
    dangers = {
        "it is a superuser": is_superuser,
        "it has BYPASSRLS": bypasses,
        "it owns the database or tables in it": owns_tables,
        f"it can act as {', '.join(powerful_groups)}": powerful_groups,
    }
    danger = next((danger for danger, applies in dangers.items() if applies), None)
    if danger is None:
        return []
    return [
        Error(
            f"The database role {role} could read every workspace past row-level security: {danger}.",
            hint="Run `manage.py setup_database`, and let DATABASE_URL name the application role that it "
            "makes, not the owner and not an administrator.",
            id="tenancy.E001",
        )
    ]


@register(Tags.database)
def server_hides_statistics(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Older servers show in the planner's statistics what a policy hides (CVE-2025-8713)."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    version: int = connection.connection.info.server_version
    if is_mended(version):
        return []
    return [
        Error(
            f"PostgreSQL {version // 10_000}.{version % 10_000} can show samples of other workspaces' rows.",
            hint="Update it to 16.10, 17.6, 18 or newer.",
            id="tenancy.E002",
        )
    ]


def is_mended(version: int) -> bool:
    """Return whether a server is safe to use; 17.6 is 170006, as libpq says it."""
    major = version // 10_000
    return version >= FIRST_MENDED[major] if major in FIRST_MENDED else major > max(FIRST_MENDED)
