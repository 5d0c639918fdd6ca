"""Every setting, from the environment. Refuses to start half-set, and says how to mend it."""

import logging
import re
from pathlib import Path

import pghistory
import plotly
import structlog
from django.core.exceptions import ImproperlyConfigured

from config.content_policy import POLICY
from config.environment import (
    app_role,
    broker,
    database,
    env,
    env_bool,
    env_choice,
    env_int,
    env_keys,
    env_list,
    env_secret,
    with_timeouts,
)
from config.logs import logging_settings, processors
from config.safety import refuse_unsafe
from registry.walls import take_away

BASE_DIR = Path(__file__).resolve().parent.parent
PROGRAM_VERSION = re.search(r"^## (\d+\.\d+\.\d+)", (BASE_DIR / "CHANGELOG.md").read_text("utf-8"), re.M).group(1)

DEBUG = env_bool("DEBUG", False)
SECRET_KEY = env_secret("SECRET_KEY")
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured(
        "SECRET_KEY must have 32 characters or more; this makes one: "
        "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    )
# Encrypt the secrets of second factors; apart from SECRET_KEY, so that each can be changed without the other.
FIELD_KEYS = env_keys("FIELD_KEYS")
# The key before it, so that people stay logged in while it is replaced.
SECRET_KEY_FALLBACKS = list(filter(None, [env_secret("SECRET_KEY_OLD", "")]))
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "registry",
    "outcomes",
    "reports",
    "config.apps.ConfigConfig",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "config.logs.request_named",
    "config.api.problems_only",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "registry.walls.within_ones_sites",
    "registry.signin.ends.sessions_end",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "registry.signin.gate.set_up_first",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.requests.refuse_what_cannot_be_stored",
    "registry.audit.audited_route",
    "registry.throttle.told_in_headers",
    "registry.pulls.pulls_logged",
    "config.api.unchanged_is_304",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# The pool hands a dead connection out once after a server restart; health checks replace it first.
DATABASES = {
    "default": {
        **database(env_secret("DATABASE_URL")),
        "ENGINE": "config.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }
}
# No statement and no forgotten transaction holds others up for ever. `migrate` waits for a lock two seconds.
DATABASES["default"]["OPTIONS"] |= {
    "pool": {"min_size": 1, "max_size": 8, "timeout": 5, "reset": take_away},
    "options": with_timeouts(
        DATABASES["default"]["OPTIONS"].get("options", ""),
        statement_timeout=env_int("STATEMENT_TIMEOUT_SECONDS", 300),
        idle_in_transaction_session_timeout=env_int("IDLE_IN_TRANSACTION_SECONDS", 600),
        lock_timeout=env_int("LOCK_TIMEOUT_SECONDS", 30),
    ),
}
# Known where the tables' owner is at work, who lets it in: `migrate` with MIGRATION_DATABASE_URL.
APP_ROLE = app_role()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "registry.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
# A session ends when nobody has used it for so long, and after SESSION_COOKIE_AGE whoever uses it.
SESSION_IDLE_SECONDS = env_int("SESSION_IDLE_SECONDS", 30 * 60)
# Who has no second factor reaches only the pages that set one up.
MFA_REQUIRED = env_bool("MFA_REQUIRED", True)
# What leaves with identifiers, what is unlocked and who may what: only soon after the log-in, or a log-in again.
CONFIRM_AGAIN = env_bool("CONFIRM_AGAIN", True)

ACCOUNT_ADAPTER = "registry.signin.adapters.SignIn"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
# By username and address; a hospital's desks share an address, so by the address alone nothing is refused.
ACCOUNT_RATE_LIMITS = {
    "login": None, "login_failed": "10/15m/key", "login_failed_anywhere": "100/1d/key", "reauthenticate": "10/15m/user",
}  # fmt: skip
MFA_ADAPTER = "registry.signin.adapters.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
MFA_TOTP_ISSUER = "Promontory"
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env_bool("BEHIND_PROXY", False) else 0
# In PostgreSQL, where every process counts the same guesses and the same used codes; full, it forgets the oldest.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "registry_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# Plotly's own package carries the script, so the page and the Python side are always of one version.
STATICFILES_DIRS = [
    BASE_DIR / "config" / "static",
    ("plotly", Path(plotly.__file__).parent / "package_data"),
]
WHITENOISE_USE_FINDERS = env_bool("STATIC_FROM_SOURCE", True)
WHITENOISE_AUTOREFRESH = False

# Safe by default; INSECURE_COOKIES=1 is for plain http on this machine only.
PLAIN_HTTP = env_bool("INSECURE_COOKIES", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not PLAIN_HTTP
SECURE_SSL_REDIRECT = not PLAIN_HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("BEHIND_PROXY", False) else None
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not PLAIN_HTTP
# Whoever watches the process asks it in plain http, past the proxy.
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz)$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = POLICY
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# An uploaded table has at most 500 columns, and each says four things of itself on its page.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2100

API_CALLS_PER_MINUTE = env_int("API_CALLS_PER_MINUTE", 600)
# The smallest count that leaves a site where counts are hidden; a spec that tells smaller ones is not approved.
MIN_CELL = env_int("MIN_CELL", 5)
refuse_unsafe(
    hosts=ALLOWED_HOSTS,
    key=SECRET_KEY,
    debug=DEBUG,
    plain_http=PLAIN_HTTP,
    min_cell=MIN_CELL,
    origins=CSRF_TRUSTED_ORIGINS,
)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "registry.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["registry.throttle.PerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.requests.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.problem_details",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Promontory",
    "DESCRIPTION": "Records, cohorts, jobs and results of a registry of sacral and pelvic procedures.",
    "VERSION": PROGRAM_VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.describe_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "PrecisionEnum": "registry.models.dates.Precision",
        "MissingReasonEnum": "registry.models.missing.MissingReason",
        "JobStateEnum": "registry.models.job.Job.State",
        "ReleaseProfileEnum": "reports.models.release.Release.Profile",
        "SpecStatusEnum": "outcomes.models.spec.Spec.Status",
        "LevelEnum": "outcomes.pooling.bundle.LEVELS",
    },
}

# PostgreSQL holds the jobs; Redis only rings. reliability of each setting: docs/decisions.md, "Redis is a doorbell".
REDIS_URL = broker(env_secret("REDIS_URL"))
JOB_LEASE_SECONDS = env_int("JOB_LEASE_SECONDS", 60)
JOB_MAX_ATTEMPTS = 3
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1_000_000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 25.0
# A child that a busy machine starts slowly is not killed for it; the default is 4 s.
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 10,
}

PGHISTORY_APPEND_ONLY = True
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(related_name="history")

# json for what collects logs, plain for people at a terminal.
LOG_FORMAT = env_choice("LOG_FORMAT", "json", "plain")
LOGGING = logging_settings(LOG_FORMAT, env("LOG_LEVEL", "WARNING"))
structlog.configure(
    processors=processors(LOG_FORMAT),
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    logger_factory=structlog.stdlib.LoggerFactory(),
)
