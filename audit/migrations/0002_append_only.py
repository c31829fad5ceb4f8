from django.db import migrations

from pazpaz.database.operations import TenantTable

# The head of a chain moves forward and stays: nobody turns it back by an ordinary statement.
GUARD = """
CREATE FUNCTION pazpaz_audit_head() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.workspace_id = OLD.workspace_id AND NEW.sequence > OLD.sequence THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the head of an audit trail only moves forward' USING ERRCODE = '42501';
END $$;

CREATE TRIGGER audit_head BEFORE UPDATE OR DELETE ON audit_audithead
  FOR EACH ROW EXECUTE FUNCTION pazpaz_audit_head();
CREATE TRIGGER audit_head_truncate BEFORE TRUNCATE ON audit_audithead
  FOR EACH STATEMENT EXECUTE FUNCTION pazpaz_append_only();
ALTER TABLE audit_audithead ENABLE ALWAYS TRIGGER audit_head;
ALTER TABLE audit_audithead ENABLE ALWAYS TRIGGER audit_head_truncate;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenancy", "0001_initial"), ("accounts", "0002_isolation")]

    operations = [
        TenantTable("AuditEvent", append_only=True),
        TenantTable("AuditHead", deletable=False),
        migrations.RunSQL(
            GUARD,
            "DROP TRIGGER audit_head ON audit_audithead; "
            "DROP TRIGGER audit_head_truncate ON audit_audithead; DROP FUNCTION pazpaz_audit_head();",
        ),
    ]
