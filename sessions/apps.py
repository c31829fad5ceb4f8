from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SessionsConfig(AppConfig):
    name = "sessions"
    # Django's own sessions app has the label `sessions`.
    label = "session_notes"
    verbose_name = _("Session notes")

    def ready(self) -> None:
        import sessions.announcements  # noqa: F401
        from pazpaz.activity import register as register_words
        from pazpaz.web.kept_forms import register as register_forms
        from sessions.activity import WORDS
        from sessions.kept_forms import FORMS

        register_words(self.name, WORDS)
        register_forms(FORMS)
