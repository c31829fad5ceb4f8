from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = _("Scheduling")

    def ready(self) -> None:
        import scheduling.announcements  # noqa: F401
        from pazpaz.accounts.appointments_to_come import register
        from pazpaz.activity import register as register_words
        from pazpaz.web.kept_forms import register as register_forms
        from scheduling.activity import WORDS
        from scheduling.kept_forms import FORMS
        from scheduling.to_come import AppointmentsToCome

        register(AppointmentsToCome())
        register_words(self.name, WORDS)
        register_forms(FORMS)
