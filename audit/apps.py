from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from audit.chain import END, append
        from pazpaz.scope import Trail, keep_trail_with

        keep_trail_with(Trail(write=append, end=END))
