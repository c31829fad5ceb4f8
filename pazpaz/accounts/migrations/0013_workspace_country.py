"""The country of a practice, until now that of its time zone."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from pazpaz.countries import country_of

# The table that said so until now knew these otherwise, and the blind indexes were made by it.
EXCEPTIONS = {
    "America/Coyhaique": "CL",
    "Antarctica/South_Pole": "AQ",
    "Antarctica/Troll": "AQ",
    "Pacific/Johnston": "UM",
}


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    workspaces = apps.get_model("accounts", "Workspace").objects.using(schema_editor.connection.alias)
    for zone in workspaces.values_list("time_zone", flat=True).distinct():
        workspaces.filter(time_zone=zone).update(country=EXCEPTIONS.get(zone) or country_of(zone))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_one_time_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="country",
            field=models.CharField(db_default="ZZ", default="ZZ", max_length=2, verbose_name="country"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="workspace",
            constraint=models.CheckConstraint(
                condition=models.Q(("country__regex", "^[A-Z]{2}$")), name="workspace_country_is_a_code"
            ),
        ),
    ]
