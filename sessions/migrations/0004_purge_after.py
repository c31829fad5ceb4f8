from django.db import migrations

# Nobody could find a deleted draft until now, so the time to bring one back begins with the list of them.
KEEP = """
UPDATE session_notes_sessionnote SET purge_after = now() + interval '30 days'
  WHERE is_draft AND deleted_at IS NOT NULL AND purge_after IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("session_notes", "0003_documented_appointments")]

    operations = [migrations.RunSQL(KEEP, migrations.RunSQL.noop)]
