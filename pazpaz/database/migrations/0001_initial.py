from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION pazpaz_open_workspace() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog
AS $$ SELECT nullif(current_setting('pazpaz.workspace', true), '')::uuid $$;

CREATE FUNCTION pazpaz_current_workspace() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  open_workspace text := current_setting('pazpaz.workspace', true);
BEGIN
  -- Silence would look like an empty practice; say it instead.
  IF open_workspace IS NULL OR open_workspace = '' THEN
    RAISE EXCEPTION 'no workspace is open'
      USING ERRCODE = '42501', HINT = 'Open one with workspace_scope(workspace, actor).';
  END IF;
  RETURN open_workspace::uuid;
END $$;

CREATE FUNCTION pazpaz_append_only() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
BEGIN
  -- A deleted parent takes its rows along where the table allows it; nobody deletes them one by one.
  IF TG_OP = 'DELETE' AND TG_NARGS > 0 AND TG_ARGV[0] = 'cascade' AND pg_trigger_depth() > 1 THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
"""


class Migration(migrations.Migration):
    initial = True

    operations = [
        BtreeGistExtension(),
        migrations.RunSQL(
            FUNCTIONS,
            "DROP FUNCTION pazpaz_append_only(); DROP FUNCTION pazpaz_current_workspace(); "
            "DROP FUNCTION pazpaz_open_workspace();",
        ),
    ]
