from django.db import migrations

from pazpaz.database.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial"), ("clients", "0002_isolation")]

    operations = [
        TenantTable("Service"),
        TenantTable("Location"),
        TenantTable("Appointment"),
    ]
