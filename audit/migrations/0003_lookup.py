import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from pazpaz.database.operations import application_role

# Row-level security keeps the application from using an index on lists: what their operators do could leak.
# So this function asks for it, as the owner of the table, in the open workspace and in no other; it returns
# the places of events in that workspace's trail, which the caller may read anyway.
MENTIONS = """
CREATE FUNCTION pazpaz_audit_mentions(object uuid, since timestamptz, until timestamptz)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- Planned for the values of each call: a week, or years.
  RETURN QUERY EXECUTE
    'SELECT sequence FROM audit_auditevent WHERE workspace_id = $1 AND object_ids @> ARRAY[$2] '
    'AND NOT object_ids = ''{}'' AND at >= $3 AND at < $4'
    USING pazpaz_current_workspace(), object, since, until;
END $$;

REVOKE ALL ON FUNCTION pazpaz_audit_mentions(uuid, timestamptz, timestamptz) FROM PUBLIC;
"""


def grant(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute(
        "GRANT EXECUTE ON FUNCTION pazpaz_audit_mentions(uuid, timestamptz, timestamptz) "
        f"TO {application_role()}"
    )


class Migration(migrations.Migration):
    """Indexes made beside the running application, which goes on writing its trail meanwhile."""

    atomic = False

    dependencies = [("audit", "0002_append_only")]

    operations = [
        AddIndexConcurrently(
            "auditevent",
            models.Index(
                models.F("workspace"),
                models.F("action"),
                models.F("object_type"),
                models.OrderBy(models.F("at"), descending=True),
                models.OrderBy(models.F("sequence"), descending=True),
                name="audit_event_deed",
            ),
        ),
        AddIndexConcurrently(
            "auditevent",
            models.Index(
                models.F("workspace"),
                models.F("actor_id"),
                models.F("action"),
                models.F("object_type"),
                models.OrderBy(models.F("at"), descending=True),
                models.OrderBy(models.F("sequence"), descending=True),
                name="audit_event_actor",
            ),
        ),
        AddIndexConcurrently(
            "auditevent",
            models.Index(
                models.F("workspace"),
                models.F("object_id"),
                models.OrderBy(models.F("at"), descending=True),
                models.OrderBy(models.F("sequence"), descending=True),
                name="audit_event_about",
                condition=models.Q(object_id__isnull=False),
            ),
        ),
        AddIndexConcurrently(
            "auditevent",
            django.contrib.postgres.indexes.GinIndex(
                fields=["object_ids"],
                name="audit_event_mentions",
                fastupdate=False,
                condition=models.Q(object_ids=[], _negated=True),
            ),
        ),
        RemoveIndexConcurrently("auditevent", "audit_event_object"),
        migrations.RunSQL(MENTIONS, "DROP FUNCTION pazpaz_audit_mentions(uuid, timestamptz, timestamptz);"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
