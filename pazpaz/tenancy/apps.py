from django.apps import AppConfig


class TenancyConfig(AppConfig):
    """Row-level security: database roles, migrations as the owner, and the check of the serving role."""

    name = "pazpaz.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        import pazpaz.checks
        import pazpaz.tenancy.checks  # noqa: F401  (they register themselves)
