from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from audit.chain import END, append
        from audit.sentences import WORDS
        from pazpaz.activity import register as register_words
        from pazpaz.scope import EventWriter, set_event_writer

        set_event_writer(EventWriter(write=append, end=END))
        register_words(self.name, WORDS)
