from django.apps import AppConfig


class TenancyConfig(AppConfig):
    """Row-level security: database roles, migrations as the owner, and the check of the serving role."""

    name = "pazpaz.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (registers itself)
