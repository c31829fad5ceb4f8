from django.db import migrations

from pazpaz.database.operations import RegistryTable, TenantTable

USER_KEYS = """
ALTER TABLE accounts_user ADD CONSTRAINT accounts_user_workspace_row UNIQUE (workspace_id, id);
ALTER TABLE accounts_user ADD CONSTRAINT accounts_user_workspace FOREIGN KEY (workspace_id)
  REFERENCES accounts_workspace (id) ON DELETE CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("tenancy", "0001_initial")]

    operations = [
        migrations.RunSQL(
            USER_KEYS,
            "ALTER TABLE accounts_user DROP CONSTRAINT accounts_user_workspace, "
            "DROP CONSTRAINT accounts_user_workspace_row",
        ),
        RegistryTable("Workspace", column="id"),
        RegistryTable("User", column="workspace_id"),
        TenantTable("WorkspaceKey", deletable=False),
    ]
