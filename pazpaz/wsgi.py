import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pazpaz.settings")

application = get_wsgi_application()

# The settings have read these. Granian copies the environment into every request, which must not carry them.
SECRETS = (
    "ADMIN_DATABASE_URL",
    "CACHE_URL",
    "DATABASE_URL",
    "EMAIL_URL",
    "ENCRYPTION_MASTER_KEY",
    "ENCRYPTION_OLD_MASTER_KEYS",
    "OWNER_DATABASE_URL",
    "SECRET_KEY",
)
for _name in SECRETS:
    os.environ.pop(_name, None)

import_module(settings.ROOT_URLCONF)  # here, not in the first request
# All that is loaded by now stays. Searching it for garbage would stop the process for 70 ms now and then.
gc.collect()
gc.freeze()
