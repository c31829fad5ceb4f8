from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0002_isolation")]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="is_documented",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="appointment",
            name="awaits_note",
            field=models.GeneratedField(
                db_persist=True,
                expression=Q(("is_documented", False), ("status", "completed")),
                output_field=models.BooleanField(),
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=Q(("awaits_note", True)),
                fields=["workspace", "scheduled_start", "id"],
                name="appointment_to_write",
            ),
        ),
    ]
