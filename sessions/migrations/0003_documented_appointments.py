from django.db import migrations

# An appointment knows whether it has a live note, so that what is still to be written can be counted on every
# page. The lock comes before the note is touched, as it does where a note is begun: two who take the
# appointment and the index of its notes in different orders would wait for each other.
DOCUMENTED = """
CREATE FUNCTION pazpaz_lock_documented() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM FROM scheduling_appointment
    WHERE workspace_id = NEW.workspace_id AND id = NEW.appointment_id FOR NO KEY UPDATE;
  RETURN NEW;
END $$;

CREATE FUNCTION pazpaz_documented() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE scheduling_appointment a SET is_documented = NOT a.is_documented
    WHERE ((TG_OP <> 'INSERT' AND a.workspace_id = OLD.workspace_id AND a.id = OLD.appointment_id)
        OR (TG_OP <> 'DELETE' AND a.workspace_id = NEW.workspace_id AND a.id = NEW.appointment_id))
      AND a.is_documented <> EXISTS (
        SELECT FROM session_notes_sessionnote n
        WHERE n.workspace_id = a.workspace_id AND n.appointment_id = a.id AND n.deleted_at IS NULL
      );
  RETURN NULL;
END $$;

CREATE FUNCTION pazpaz_keep_documented() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- Saving a whole appointment writes the value it had when it was loaded.
  IF pg_trigger_depth() = 1 THEN
    NEW.is_documented := CASE WHEN TG_OP = 'UPDATE' THEN OLD.is_documented ELSE false END;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER documented_lock BEFORE INSERT OR UPDATE OF appointment_id, deleted_at
  ON session_notes_sessionnote
  FOR EACH ROW EXECUTE FUNCTION pazpaz_lock_documented();
CREATE TRIGGER documented AFTER INSERT OR DELETE OR UPDATE OF appointment_id, deleted_at
  ON session_notes_sessionnote
  FOR EACH ROW EXECUTE FUNCTION pazpaz_documented();

-- Both ways: after going back and forth the column may hold what was true before.
UPDATE scheduling_appointment a SET is_documented = NOT a.is_documented
  WHERE a.is_documented <> EXISTS (
    SELECT FROM session_notes_sessionnote n
    WHERE n.workspace_id = a.workspace_id AND n.appointment_id = a.id AND n.deleted_at IS NULL
  );

CREATE TRIGGER keep_documented BEFORE INSERT OR UPDATE OF is_documented ON scheduling_appointment
  FOR EACH ROW EXECUTE FUNCTION pazpaz_keep_documented();

ALTER TABLE session_notes_sessionnote ENABLE ALWAYS TRIGGER documented_lock;
ALTER TABLE session_notes_sessionnote ENABLE ALWAYS TRIGGER documented;
ALTER TABLE scheduling_appointment ENABLE ALWAYS TRIGGER keep_documented;
"""


class Migration(migrations.Migration):
    dependencies = [("session_notes", "0002_isolation"), ("scheduling", "0003_to_write")]

    operations = [
        migrations.RunSQL(
            DOCUMENTED,
            "DROP TRIGGER documented ON session_notes_sessionnote; "
            "DROP TRIGGER documented_lock ON session_notes_sessionnote; "
            "DROP TRIGGER keep_documented ON scheduling_appointment; "
            "DROP FUNCTION pazpaz_documented(); "
            "DROP FUNCTION pazpaz_lock_documented(); "
            "DROP FUNCTION pazpaz_keep_documented();",
        ),
    ]
