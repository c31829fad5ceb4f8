from django.apps import AppConfig


class DevelopmentConfig(AppConfig):
    """What only a development machine needs: demo, embedded PostgreSQL, keys, mail."""

    name = "pazpaz.development"
    label = "development"
