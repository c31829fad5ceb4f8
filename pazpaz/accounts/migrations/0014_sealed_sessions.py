from django.db import migrations


class Migration(migrations.Migration):
    """Sessions are sealed from now on, and their keys stand in the table as an HMAC.

    What was stored before cannot be read as that, so everybody signs in once more. The table of the sessions'
    browsers held the keys in clear; what it said is in the sealed contents now.
    """

    dependencies = [("accounts", "0013_workspace_country")]

    operations = [
        migrations.RunSQL(
            "DELETE FROM accounts_session; DROP TABLE IF EXISTS usersessions_usersession;",
            migrations.RunSQL.noop,
        )
    ]
