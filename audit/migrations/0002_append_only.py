from django.db import migrations

from pazpaz.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenancy", "0001_initial"), ("accounts", "0002_isolation")]

    operations = [
        TenantTable("AuditEvent", append_only=True),
        TenantTable("AuditHead"),
    ]
