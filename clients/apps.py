from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = _("Clients")

    def ready(self) -> None:
        import clients.announcements  # noqa: F401
        from clients.activity import WORDS
        from clients.directory_copy import verify
        from clients.kept_forms import FORMS
        from pazpaz.activity import register as register_words
        from pazpaz.encryption.verification import also_verify
        from pazpaz.web.kept_forms import register as register_forms

        also_verify(verify)
        register_words(self.name, WORDS)
        register_forms(FORMS)
