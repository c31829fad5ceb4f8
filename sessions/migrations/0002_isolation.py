from django.db import migrations

from pazpaz.database.operations import TenantTable

# A signed note is read-only for everyone. Its text changes only together with an amendment, whose version
# must already be stored; hiding it (deleted_*) is the one other thing that may happen to it.
GUARD = """
CREATE FUNCTION pazpaz_signed_note() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  text_changed boolean;
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF NOT OLD.is_draft AND pg_trigger_depth() = 1 THEN
      RAISE EXCEPTION 'a signed note cannot be deleted' USING ERRCODE = '42501';
    END IF;
    RETURN OLD;
  END IF;

  IF OLD.is_draft THEN
    IF NOT NEW.is_draft AND NOT EXISTS (
      SELECT FROM session_notes_noteversion v
      WHERE v.workspace_id = NEW.workspace_id AND v.note_id = NEW.id AND v.number = 1
    ) THEN
      RAISE EXCEPTION 'a note is signed together with its first version' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
  END IF;

  IF (NEW.id, NEW.workspace_id, NEW.client_id, NEW.author_id, NEW.session_date, NEW.duration_minutes,
      NEW.is_draft, NEW.signed_at, NEW.signed_by_id, NEW.created_at)
     IS DISTINCT FROM
     (OLD.id, OLD.workspace_id, OLD.client_id, OLD.author_id, OLD.session_date, OLD.duration_minutes,
      OLD.is_draft, OLD.signed_at, OLD.signed_by_id, OLD.created_at)
  THEN
    RAISE EXCEPTION 'a signed note is read-only' USING ERRCODE = '42501';
  END IF;

  IF NEW.appointment_id IS DISTINCT FROM OLD.appointment_id
     AND NOT (NEW.appointment_id IS NULL AND pg_trigger_depth() > 1)
  THEN
    RAISE EXCEPTION 'a signed note stays with its appointment' USING ERRCODE = '42501';
  END IF;

  text_changed := (NEW.subjective, NEW.objective, NEW.assessment, NEW.plan)
    IS DISTINCT FROM (OLD.subjective, OLD.objective, OLD.assessment, OLD.plan);
  IF NOT text_changed AND NEW.amendment_count = OLD.amendment_count THEN
    RETURN NEW;
  END IF;
  IF NEW.amendment_count <> OLD.amendment_count + 1 OR NEW.amended_at IS NULL OR NOT EXISTS (
    SELECT FROM session_notes_noteversion v
    WHERE v.workspace_id = NEW.workspace_id AND v.note_id = NEW.id AND v.number = NEW.amendment_count + 1
  ) THEN
    RAISE EXCEPTION 'a signed note changes only by amendment' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER signed_note BEFORE UPDATE OR DELETE ON session_notes_sessionnote
  FOR EACH ROW EXECUTE FUNCTION pazpaz_signed_note();
ALTER TABLE session_notes_sessionnote ENABLE ALWAYS TRIGGER signed_note;
CREATE TRIGGER signed_note_truncate BEFORE TRUNCATE ON session_notes_sessionnote
  FOR EACH STATEMENT EXECUTE FUNCTION pazpaz_append_only();
ALTER TABLE session_notes_sessionnote ENABLE ALWAYS TRIGGER signed_note_truncate;
"""


class Migration(migrations.Migration):
    dependencies = [("session_notes", "0001_initial"), ("scheduling", "0002_isolation")]

    operations = [
        TenantTable("SessionNote"),
        TenantTable("NoteVersion", append_only=True, cascade=True),
        TenantTable("Attachment"),
        migrations.RunSQL(
            GUARD,
            "DROP TRIGGER signed_note ON session_notes_sessionnote; "
            "DROP TRIGGER signed_note_truncate ON session_notes_sessionnote; "
            "DROP FUNCTION pazpaz_signed_note();",
        ),
    ]
