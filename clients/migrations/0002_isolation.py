from django.db import migrations

from pazpaz.database.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_initial"), ("accounts", "0002_isolation")]

    operations = [TenantTable("Client")]
