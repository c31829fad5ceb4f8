from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    """Row-level security: database roles, migrations as the owner, and the check of the serving role."""

    name = "pazpaz.database"
    label = "tenancy"

    def ready(self) -> None:
        import pazpaz.database.checks  # noqa: F401  (they register themselves)
