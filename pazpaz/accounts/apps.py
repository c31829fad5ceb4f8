from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "pazpaz.accounts"
    label = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from pazpaz.accounts import announcements  # noqa: F401  registers sentences; hears of sign-ins
        from pazpaz.accounts.activity import WORDS
        from pazpaz.accounts.kept_forms import FORMS
        from pazpaz.activity import register as register_words
        from pazpaz.web.kept_forms import register as register_forms

        register_words(self.name, WORDS)
        register_forms(FORMS)
