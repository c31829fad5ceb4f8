"""The one settings file. Every value comes from the environment; the README lists them all.

With a DATABASE_URL this is production: what is missing stops the start with a sentence. Without one it is a
development machine: an embedded PostgreSQL, and keys of its own, under var/.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from pazpaz.development import embedded_postgres
from pazpaz.development import keys as development_keys
from pazpaz.encryption import providers
from pazpaz.operations.command_line import is_web_address

# Lets ModelForm[Client] and its like run as they are typed.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VAR = Path(env.str("PAZPAZ_VAR", default=str(BASE_DIR / "var")))
DEVELOPMENT = not env.str("DATABASE_URL", default="")


def required(name: str, why: str) -> str:
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {why}")
    return value


def switch(name: str, *, default: bool) -> bool:
    """Read true or false. What is neither would otherwise pass for false, HTTPS above all."""
    value: str = env.str(name, default="") or str(default)
    if value.lower() not in {"true", "yes", "on", "1", "false", "no", "off", "0"}:
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be true or false.")
    return value.lower() in {"true", "yes", "on", "1"}


def seconds(name: str, *, default: int) -> int:
    value: str = env.str(name, default="") or str(default)
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be a whole number of seconds.")
    return int(value)


def level(name: str, *, default: str) -> str:
    value: str = (env.str(name, default="") or default).upper()
    if value not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be DEBUG, INFO, WARNING or ERROR.")
    return value


def read[T](name: str, reader: Callable[[str], T]) -> T:
    """Read an address with one of env's readers, whose errors do not say which variable they speak of."""
    try:
        return reader(name)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is not an address that can be read.") from None


def database(name: str) -> dict[str, Any]:
    if not required(name, "it says where the database is.").startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(f"{name} must look like postgres://role:password@host:5432/database.")
    return dict(read(name, env.db_url))


def networks(name: str) -> list[str]:
    values: list[str] = env.list(name, default=[])
    for value in values:
        try:
            ipaddress.ip_network(value, strict=False)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} holds {value!r}, which is not an address or network."
            ) from None
    return values


# Database ----------------------------------------------------------------------------------------------

EMBEDDED_POSTGRES = DEVELOPMENT
EMBEDDED_POSTGRES_DATA = VAR / "postgres"
DATABASES: dict[str, dict[str, Any]]

if EMBEDDED_POSTGRES:
    _socket = str(embedded_postgres.socket_directory(EMBEDDED_POSTGRES_DATA))
    _database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "pazpaz",
        "HOST": _socket,
        "PORT": embedded_postgres.PORT,
    }
    DATABASES = {
        "default": {**_database, "USER": "pazpaz_app"},
        "owner": {**_database, "USER": "pazpaz_owner"},
    }
else:
    required("OWNER_DATABASE_URL", "migrations and maintenance run as the role that owns the tables.")
    DATABASES = {"default": database("DATABASE_URL"), "owner": database("OWNER_DATABASE_URL")}

for _settings in DATABASES.values():
    _settings["CONN_MAX_AGE"] = seconds("DATABASE_CONNECTION_SECONDS", default=600)
    _settings["CONN_HEALTH_CHECKS"] = not EMBEDDED_POSTGRES
# Off, every queryset is compiled at each use: what a new version of Django is tried with first.
COMPILED_QUERIES = switch("COMPILED_QUERIES", default=True)
DATABASE_PREPARED_STATEMENTS = switch("DATABASE_PREPARED_STATEMENTS", default=True)
DATABASE_ROUTERS = ["pazpaz.database.router.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Keys --------------------------------------------------------------------------------------------------

ENCRYPTION_KEY_PROVIDER: providers.KeyProvider
if _secret := env.str("ENCRYPTION_AWS_SECRET", default=""):
    ENCRYPTION_KEY_PROVIDER = providers.AwsSecretsManagerKeys(_secret)
elif _file := env.str("ENCRYPTION_MASTER_KEY_FILE", default=""):
    ENCRYPTION_KEY_PROVIDER = providers.FileKeys(Path(_file))
elif DEVELOPMENT and not env.str("ENCRYPTION_MASTER_KEY", default=""):
    ENCRYPTION_KEY_PROVIDER = providers.FileKeys(development_keys.master_key_file(VAR))
else:
    ENCRYPTION_KEY_PROVIDER = providers.EnvironmentKeys(
        required("ENCRYPTION_MASTER_KEY", "`manage.py generate_key` makes one; keep a copy in a safe place."),
        tuple(env.list("ENCRYPTION_OLD_MASTER_KEYS", default=[])),
    )

SECRET_KEY = (
    env.str("SECRET_KEY", default="") or development_keys.secret_key(VAR)
    if DEVELOPMENT
    else required("SECRET_KEY", "sessions and forms are signed with it. Use 50 or more random characters.")
)

# Who may call ------------------------------------------------------------------------------------------

DEBUG = switch("DEBUG", default=False)
if DEVELOPMENT:
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
else:
    ALLOWED_HOSTS = [
        host.strip()
        for host in required("ALLOWED_HOSTS", "name the host names of this site, comma-separated.").split(",")
    ]
# Where the links in e-mails and of signin_link lead.
PAZPAZ_URL = env.str("PAZPAZ_URL", default="") or (
    f"http://127.0.0.1:{env.str('PORT', default='8000')}"
    if DEVELOPMENT
    else f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
)
if not is_web_address(PAZPAZ_URL):
    raise ImproperlyConfigured(f"PAZPAZ_URL is {PAZPAZ_URL!r}: it must begin with https://.")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# X-Forwarded-For is believed only when the request comes from one of these addresses or networks.
TRUSTED_PROXIES = networks("TRUSTED_PROXIES")

OUR_APPS = [
    "pazpaz.database",
    "pazpaz.operations",
    "pazpaz.development",
    "pazpaz.accounts",
    "audit",
    "clients",
    "scheduling",
    "sessions",
]
INSTALLED_APPS = [
    *OUR_APPS,
    # Without autodiscovery: only what pazpaz.accounts.admin.pages registers is in the admin site.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "pazpaz.web.middleware.SecurityHeadersMiddleware",
    "pazpaz.web.middleware.NoNulMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Inside whitenoise, whose files are compressed on disk and may be asked for in parts.
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "pazpaz.accounts.middleware.SignedInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pazpaz.web.pages.WholePageMiddleware",
    "pazpaz.web.middleware.NulInFormsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pazpaz.accounts.middleware.SessionLimitsMiddleware",
    "pazpaz.accounts.middleware.WantedPageMiddleware",
    "pazpaz.accounts.middleware.SignInRequiredMiddleware",
    "pazpaz.accounts.middleware.PageAuthorMiddleware",
    "pazpaz.web.middleware.WorkspaceMiddleware",
    "pazpaz.accounts.middleware.HandOverMiddleware",
]

MESSAGE_STORAGE = "pazpaz.web.announcements.MessageStorage"
ROOT_URLCONF = "pazpaz.urls"
WSGI_APPLICATION = "pazpaz.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["pazpaz.web.tags"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sessions.to_write.navigation",
            ],
        },
    },
    {
        # For long lists. It is asked for by name, since the engine above would find its files as well.
        "NAME": "jinja2",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"environment": "pazpaz.web.jinja.environment"},
    },
]

# Switches {% fixed %} off: its parts are then rendered for every page.
RENDER_FIXED_PARTS_ONCE = switch("RENDER_FIXED_PARTS_ONCE", default=True)
# Switches the shorter escaping of pazpaz/web/jinja.py off: values are then escaped by markupsafe alone.
ESCAPE_JINJA_QUICKLY = switch("ESCAPE_JINJA_QUICKLY", default=True)

# People and sessions -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["pazpaz.accounts.backends.SignInBackend"]
PASSWORD_HASHERS = ["pazpaz.accounts.passwords.Argon2id"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

SESSION_ENGINE = "pazpaz.accounts.session_store"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "pazpaz.accounts.unsent.csrf_failure"
SESSION_ABSOLUTE_SECONDS = 12 * 60 * 60

# Transport and headers ---------------------------------------------------------------------------------

HTTPS = switch("HTTPS", default=not DEVELOPMENT)
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "manifest-src": [CSP.SELF],
}

# Cache: shared by all processes, so that rate limits hold across them ----------------------------------

CACHES: dict[str, dict[str, Any]]
if _cache := env.str("CACHE_URL", default=""):
    if not _cache.startswith(("redis://", "rediss://")):
        raise ImproperlyConfigured(
            "CACHE_URL must look like redis://host:6379/0 or rediss://…: other caches cannot be signed."
        )
    if not find_spec("redis"):
        raise ImproperlyConfigured("CACHE_URL names a Redis server: run `pip install '.[redis]'` first.")
    CACHES = {"default": read("CACHE_URL", env.cache_url)}
    CACHES["default"]["BACKEND"] = "pazpaz.cache.SignedRedisCache"
    if "serializer" in CACHES["default"].get("OPTIONS", {}):
        raise ImproperlyConfigured("CACHE_URL names a serializer: PazPaz keeps signed JSON and nothing else.")
else:
    CACHES = {"default": {"BACKEND": "pazpaz.cache.SignedDatabaseCache", "LOCATION": "pazpaz_cache"}}
# Under version 1 there were values that are not signed. Servers of before may still be running beside ours.
CACHES["default"]["VERSION"] = 2

# Language, time, files ---------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("he", _("Hebrew"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
FORMAT_MODULE_PATH = "pazpaz.web.formats"
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Mail --------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="PazPaz <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Somebody waits meanwhile: a mail server that does not answer in time has not taken the message.
EMAIL_TIMEOUT = 10
if DEVELOPMENT:
    EMAIL_BACKEND = "pazpaz.development.mail.DevelopmentBackend"
    EMAIL_FILE_PATH = VAR / "mail"
else:
    _mail = read("EMAIL_URL", lambda name: env.email_url(name, default="smtp://localhost:25"))
    EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
    EMAIL_HOST, EMAIL_PORT = _mail.get("EMAIL_HOST", ""), _mail.get("EMAIL_PORT", 25)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = (
        _mail.get("EMAIL_HOST_USER", ""),
        _mail.get("EMAIL_HOST_PASSWORD", ""),
    )
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)

# Logs: no client data, no SQL parameters ---------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "pazpaz.operations.logs.DiscreetFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": level("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
}

# Sign-in (django-allauth) ------------------------------------------------------------------------------

ACCOUNT_ADAPTER = "pazpaz.accounts.allauth.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# Digits, because they are the same on every keyboard; eight, because three guesses are allowed.
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip,3/m/key,15/h/key",
    "confirm_login_code": "30/m/ip,10/m/key",
    "login_code_attempt": f"{ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS}/15m/key",
    "login_failed": "10/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
}
# Sign-in answers after a whole number of these steps: whether an address has an account cannot be timed.
SIGN_IN_STEP_SECONDS = 0.25
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "pazpaz.accounts.allauth.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TRUST_ENABLED = False
MFA_TOTP_ISSUER = "PazPaz"
# One step of thirty seconds to either side: phones' clocks are not exact, and typing takes time.
MFA_TOTP_TOLERANCE = 1
