from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from audit.chain import append
        from audit.sentences import WORDS
        from pazpaz.activity import register as register_words
        from pazpaz.scope import set_event_writer

        set_event_writer(append)
        register_words(self.name, WORDS)
