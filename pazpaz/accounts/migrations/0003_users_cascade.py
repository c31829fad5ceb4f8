from django.db import migrations

# Tables of Django and allauth refer to users with keys that only Python would cascade. A deleted workspace
# takes its users along in the database, so their sessions, factors and addresses must go there too.
CASCADE = """
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT c.conname, c.conrelid::regclass AS referring, a.attname
    FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f' AND c.confrelid = 'accounts_user'::regclass AND c.confdeltype = 'a'
      AND array_length(c.conkey, 1) = 1
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.referring, found.conname);
    EXECUTE format(
      'ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES accounts_user (id) ON DELETE CASCADE '
      'DEFERRABLE INITIALLY DEFERRED', found.referring, found.conname, found.attname);
  END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_isolation"),
        ("account", "__first__"),
        ("admin", "__first__"),
        ("mfa", "__first__"),
    ]

    operations = [migrations.RunSQL(CASCADE, migrations.RunSQL.noop)]
