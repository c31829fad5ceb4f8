from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """The commands of the operator, and the checks of the settings."""

    name = "pazpaz.operations"
    label = "operations"

    def ready(self) -> None:
        import pazpaz.operations.checks  # noqa: F401  (they register themselves)
        from pazpaz.activity import register as register_words
        from pazpaz.operations.activity import WORDS

        register_words(self.name, WORDS)
