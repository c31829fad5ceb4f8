"""The settings of a development machine, whatever the shell says that runs the tests."""

import os

for name in (
    "ALLOWED_HOSTS",
    "CACHE_URL",
    "DATABASE_PREPARED_STATEMENTS",
    "DATABASE_URL",
    "DEBUG",
    "EMAIL_URL",
    "ENCRYPTION_AWS_SECRET",
    "ENCRYPTION_MASTER_KEY_FILE",
    "ENCRYPTION_OLD_MASTER_KEYS",
    "HTTPS",
    "LOG_LEVEL",
    "PAZPAZ_URL",
    "PORT",
    "TRUSTED_PROXIES",
):
    os.environ.pop(name, None)
os.environ["SECRET_KEY"] = "only for tests"
os.environ["ENCRYPTION_MASTER_KEY"] = "b25seSBmb3IgdGVzdHM6IGEga2V5IG9mIDMyIGJ5dGU="

from pazpaz.settings import *  # noqa: E402, F403
from pazpaz.settings import STATIC_ROOT, STORAGES, VAR  # noqa: E402

EMBEDDED_POSTGRES_DATA = VAR / "postgres-test"

# Straight from the source folders: no collectstatic before the tests.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
# A file is looked for when it is asked for. Else every test browser would begin with a look at all of them.
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns without it

SIGN_IN_STEP_SECONDS = 0
