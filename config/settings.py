"""All settings, read from the environment or `.env`. `.env.example` lists every variable."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

from config import reporting
from config.databases import database_from_url
from config.environment import Environment
from config.logs import logging_config
from config.picture_hosts import picture_hosts
from config.social import social
from config.staff.look import unfold_look

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = Environment()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
_PORT = env.int("PORT", default=8000)
PUBLIC_URL = env.origin("PUBLIC_URL", default=f"http://localhost:{_PORT}")
BRAND_NAME = env.str("BRAND_NAME", default="Softbox")
_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"

# --- Secrets -----------------------------------------------------------------------------------

# Good enough to look around with DEBUG=1; refused otherwise, because it stands in the source.
_KNOWN_SECRET = "known-to-everyone-only-for-debugging"  # noqa: S105 (refused in production)
SECRET_KEY = env.secret("SECRET_KEY", debug=DEBUG, stand_in=_KNOWN_SECRET)
# Comma list: the first key encrypts, all of them decrypt.
FIELD_ENCRYPTION_KEYS = [
    key.strip()
    for key in env.secret("FIELD_ENCRYPTION_KEYS", debug=DEBUG, stand_in=_KNOWN_SECRET).split(",")
    if key.strip()
]

SOCIAL = social(env)

# --- Application -------------------------------------------------------------------------------

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
if _public.hostname and _public.hostname not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(_public.hostname)

INSTALLED_APPS = [
    # Before Django's admin, whose site and templates it takes the place of.
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    *SOCIAL.apps,
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "rest_framework",
    "django_q",
    "csp",
    # Nothing but the files of Swagger UI, for /docs.
    "drf_spectacular_sidecar",
    "config",
    "accounts",
    "accounts.webhooks",
    "billing",
    "imaging",
    "imaging.catalog",
    "integrations",
    "integrations.storefronts",
    "integrations.shops",
]

MIDDLEWARE = [
    "accounts.api.correlation.CorrelationMiddleware",
    "integrations.storefronts.serving.StoreMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    # The API goes no further.
    "config.api_shortcut.ApiShortcut",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.staff_addresses.NoNulInStaffAddresses",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
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

# --- Database and cache ------------------------------------------------------------------------

DATABASES = {
    "default": database_from_url(
        env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'softbox.sqlite3'}"),
        pool_max=env.int("DATABASE_POOL_MAX", default=16),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # A server that is silent holds no thread for longer; by default it would for ever.
        "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 5},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- Users -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    # The first is the staff admin's, the second the dashboard's.
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"

# --- Log-in (django-allauth) ---------------------------------------------------------------------

SIGNUP_OPEN = env.bool("SIGNUP_OPEN", default=True)
ACCOUNT_ADAPTER = "accounts.signing_in.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# A code typed into the page one sits at works across devices, and no link can be forged for it.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{BRAND_NAME}] "
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/m/key",
}
SOCIALACCOUNT_ADAPTER = "accounts.social.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = SOCIAL.providers
# A service's word opens no log-in that was there before: its owner connects the two by hand.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
MFA_ADAPTER = "accounts.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = BRAND_NAME
# Clocks of phones differ: the code before and after count too, each once (RFC 6238, 5.2).
MFA_TOTP_TOLERANCE = 1
# Browsers allow http for localhost alone; so does this.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = _public.hostname in ("localhost", "127.0.0.1")

# --- API ---------------------------------------------------------------------------------------

API_KEY_PREFIX = env.str("API_KEY_PREFIX", default="sq")
# Networks whose X-Forwarded-For is believed; empty: the socket's address is the client's.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
# host[:port] that downloads and webhooks may reach although they resolve to private addresses.
FETCH_ALLOWED_HOSTS = env.words("FETCH_ALLOWED_HOSTS")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "accounts.api.envelope.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
# A packshot's photo may arrive as base64 in the body; everything else is far smaller.
DATA_UPLOAD_MAX_MEMORY_SIZE = 24 * 1024 * 1024

# --- Imaging -----------------------------------------------------------------------------------

IMAGING_ENGINE = env.one_of("IMAGING_ENGINE", ["studio", "diffusion"], default="studio")
# The API promises an answer within two minutes (ShopIQ API documentation, "Image Create").
IMAGE_WAIT_SECONDS = env.int("IMAGE_WAIT_SECONDS", default=120)
# How long the first reader of an on-demand picture waits for it before a stand-in is shown.
RENDER_WAIT_SECONDS = env.float("RENDER_WAIT_SECONDS", default=1.5)
# Live jobs that may wait before new ones are answered 503.
QUEUE_LIMIT = env.int("QUEUE_LIMIT", default=500)

# A certificate of the operator's own signs Content Credentials into every picture; without one
# nothing is signed. The certificate needs the extended key usage emailProtection.
C2PA_CERTIFICATE_FILE = env.str("C2PA_CERTIFICATE_FILE", default="")
C2PA_PRIVATE_KEY_FILE = env.str("C2PA_PRIVATE_KEY_FILE", default="")
C2PA_TIMESTAMP_URL = env.str("C2PA_TIMESTAMP_URL", default="")

# --- Queue -------------------------------------------------------------------------------------

# A wake-up only tells a worker to look; how often a job is tried is decided in imaging/jobs.py.
# Deadlines nest: the job's own < the engine host's kill < timeout < retry.
_QUEUE = {
    "orm": "default",
    "broker_class": "imaging.wakeups.WakeBroker",
    "workers": 1,
    "timeout": 600,
    "retry": 2000,
    "max_attempts": 1,
    "ack_failures": True,
    "queue_limit": 1,
    "bulk": 1,
    "save_limit": -1,
    "recycle": 1_000_000,
    "catch_up": False,
    "guard_cycle": 0.5,
    "label": "Queue",
}
GPU_WORKERS = env.int("GPU_WORKERS", default=1)
Q_CLUSTER = {
    **_QUEUE,
    "name": "default",
    "ALT_CLUSTERS": {
        # Schedules are the default queue's business.
        "gpu": {**_QUEUE, "workers": GPU_WORKERS, "scheduler": False},
    },
}

# --- Files -------------------------------------------------------------------------------------

STATIC_URL = "/static/"
# Straight from the apps' folders: nothing has to be collected before the first start.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
AWS_STORAGE_BUCKET_NAME = env.str("AWS_STORAGE_BUCKET_NAME", default="")
AWS_S3_ENDPOINT_URL = env.service("AWS_S3_ENDPOINT_URL")
AWS_S3_REGION_NAME = env.str("AWS_S3_REGION_NAME", default="") or None
AWS_S3_CUSTOM_DOMAIN = env.str("AWS_S3_CUSTOM_DOMAIN", default="") or None
# Neither: botocore finds the machine's own role.
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY = env.both("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
AWS_S3_FILE_OVERWRITE = False
STORAGES = {
    "default": {
        "BACKEND": "imaging.s3.PictureStorage"
        if AWS_STORAGE_BUCKET_NAME
        else "django.core.files.storage.FileSystemStorage"
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- Stores ------------------------------------------------------------------------------------

# A store is reached at {identifier}.STOREFRONT_DOMAIN; every name under localhost is this machine.
STOREFRONT_DOMAIN = env.str(
    "STOREFRONT_DOMAIN", default=f"localhost:{_public.port}" if _public.port else "localhost"
)

# --- Payments ----------------------------------------------------------------------------------

# Empty: points cannot be bought here; staff grant them.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")

# --- Mail and errors ---------------------------------------------------------------------------

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
# Python waits for ever by default: a silent mail server would hold a thread, or the schedule.
EMAIL_TIMEOUT = 10
SENTRY_DSN = env.str("SENTRY_DSN", default="")
if SENTRY_DSN:
    reporting.start(SENTRY_DSN)

# --- Security ----------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
# Whoever probes and measures a process talks to it directly, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_ENGINE = "accounts.sessions"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
PICTURE_HOSTS = picture_hosts(
    bucket=AWS_STORAGE_BUCKET_NAME,
    endpoint=AWS_S3_ENDPOINT_URL,
    region=AWS_S3_REGION_NAME,
    domain=AWS_S3_CUSTOM_DOMAIN,
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", *PICTURE_HOSTS],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        # Buttons that lead on: to the page where points are paid, to log-ins elsewhere.
        "form-action": [
            "'self'",
            *(["https://checkout.stripe.com"] if STRIPE_SECRET_KEY else []),
            *SOCIAL.origins,
        ],
        "frame-ancestors": ["'none'"],
    }
}

# --- Staff admin ---------------------------------------------------------------------------------

UNFOLD = unfold_look(BRAND_NAME)

# --- Language, time, logs ----------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True

LOG_FORMAT = env.one_of(
    "LOG_FORMAT", ["console", "json"], default="console" if sys.stderr.isatty() else "json"
)
LOGGING = logging_config(LOG_FORMAT)
