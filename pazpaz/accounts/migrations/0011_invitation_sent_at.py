import unicodedata

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def believe_they_were_sent(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rows = apps.get_model("accounts", "Invitation").objects.using(schema_editor.connection.alias)
    rows.update(sent_at=F("updated_at"))


def normalise_addresses(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give addresses the form in which they are looked for from now on; one that is taken stays as it is."""
    for name in ("User", "Invitation"):
        rows = apps.get_model("accounts", name).objects.using(schema_editor.connection.alias)
        for row in rows.only("pk", "email"):
            email = normal_form(row.email)
            if email != row.email and not rows.filter(email=email).exists():
                rows.filter(pk=row.pk).update(email=email)


def normal_form(text: str) -> str:
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf").strip()
    mailbox, _at, domain = text.rpartition("@")
    try:
        return f"{mailbox}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return text


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_consent_text"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="sent_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunPython(believe_they_were_sent, migrations.RunPython.noop),
        migrations.RunPython(normalise_addresses, migrations.RunPython.noop),
    ]
