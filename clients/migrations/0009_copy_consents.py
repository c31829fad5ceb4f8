"""The consents there are get a row: with a day, without text and author, which were not written down."""

from django.db import migrations

COPY = """
INSERT INTO clients_consent (id, workspace_id, client_id, given_on, created_at, updated_at)
SELECT gen_random_uuid(), client.workspace_id, client.id,
    (coalesce(client.consent_at, client.created_at) AT TIME ZONE workspace.time_zone)::date,
    coalesce(client.consent_at, client.created_at), now()
FROM clients_client AS client JOIN accounts_workspace AS workspace ON workspace.id = client.workspace_id
WHERE client.consent_status AND NOT EXISTS (SELECT FROM clients_consent WHERE client_id = client.id)
"""


class Migration(migrations.Migration):
    dependencies = [("clients", "0008_consent")]

    operations = [migrations.RunSQL(COPY, migrations.RunSQL.noop)]
