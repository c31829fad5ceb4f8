from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

NAME = "audit_event_mentions"


def _mentions(**options: object) -> GinIndex:
    return GinIndex(
        fields=["object_ids"],
        name=NAME,
        condition=models.Q(object_ids=[], _negated=True),
        **options,  # type: ignore[arg-type]
    )


class Migration(migrations.Migration):
    """Lists of objects wait in a short list and are sorted into their index together.

    Only the options of the index change, so it is not built again.
    """

    dependencies = [("audit", "0003_lookup")]

    operations = [
        migrations.RunSQL(
            f"ALTER INDEX {NAME} SET (fastupdate = on, gin_pending_list_limit = 64)",
            f"ALTER INDEX {NAME} SET (fastupdate = off); ALTER INDEX {NAME} RESET (gin_pending_list_limit)",
            state_operations=[
                migrations.RemoveIndex("auditevent", NAME),
                migrations.AddIndex("auditevent", _mentions(fastupdate=True, gin_pending_list_limit=64)),
            ],
        )
    ]
