"""The only settings file. It reads the environment through `config.env` and starts nothing."""

from pathlib import Path

import dj_database_url
import structlog
from csp.constants import NONE, SELF

from config.cache import redis_py_url
from config.env import env

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = env.text("ENVIRONMENT", "development")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False

# In production there is no default for a secret: the process refuses to start.
SECRET_KEY = env.text("SECRET_KEY", None if PRODUCTION else "development-only-not-a-secret")
SITE_URL = env.text("SITE_URL", None if PRODUCTION else "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1],testserver"
)
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.guardian",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "guardian",
    "lucide",
    "simple_history",
    "template_partials",
    "config",
    "practice",
    "clients",
    "invitations",
    "billing",
    "portal",
]

MIDDLEWARE = [
    "practice.middleware.Health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "practice.middleware.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "practice.middleware.PrivateResponses",
    "practice.middleware.SignInAgain",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.middleware.SignInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "practice.middleware.OperatorPages",
    "practice.middleware.LocalTime",
    "practice.middleware.RequestFacts",
    "practice.middleware.Tenancy",
    "clients.middleware.AccessLedger",
    "portal.middleware.PortalDoor",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # User.email_key is what is unique, without regard to case or look
    "guardian.W001",  # ties are read by our own rules; guardian only stores them
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "practice.templatetags.shell.shell",
                "portal.templatetags.portal_shell.portal",
            ],
            "builtins": [
                "practice.templatetags.controls",
                "practice.templatetags.ui",
                "template_partials.templatetags.partials",
            ],
        },
    }
]
FORM_RENDERER = "practice.forms.renderer.FormRenderer"

# The application's role owns nothing; `owner` exists only where DATABASE_OWNER_URL is given
# (migrations, loaders). Settings of row-level security are transaction-local.
DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL", None if PRODUCTION else "postgres:///countinghouse")
    )
}
if env.optional("DATABASE_OWNER_URL"):
    DATABASES["owner"] = dj_database_url.parse(env.text("DATABASE_OWNER_URL"))
if env.flag("DATABASE_POOL"):
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": env.number("DATABASE_POOL_SIZE", 16)}
    }
APPLICATION_ROLE = env.text("APPLICATION_ROLE", DATABASES["default"].get("USER") or "countinghouse")
REDIS_URL = env.text("REDIS_URL", None if PRODUCTION else "redis://localhost:6379/0")
CACHES = {
    "default": {"BACKEND": "config.cache.ForgivingRedis", "LOCATION": redis_py_url(REDIS_URL)}
}
MOVABLE_CLOCK = not PRODUCTION
LOGINS_FILE = env.optional("LOGINS_FILE")  # where `manage.py demo` leaves its logins

AUTH_USER_MODEL = "practice.User"
AUTHENTICATION_BACKENDS = ["practice.backends.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "practice:home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "practice.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "practice.forms.registration.RegistrationFields"
ACCOUNT_FORMS = {"login": "practice.forms.sign_in.SignInForm"}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https") else "http"
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "handover_verify": "20/m/ip",  # public, and each may carry a zip
    "refer": "60/m/ip",
    "connect_company": "20/m/user",
    "request_assignment": "20/h/user",  # each may be a guess at a client that one does not see
    "invite_colleague": "20/h/user",
    # A contact asks for links, or tries the codes of their mails.
    "portal_link": "5/10m/key,60/10m/ip",
    "portal_code": "20/d/key,60/10m/ip",
    "connect": "60/m/ip",  # public: links of branches are shared, and whole offices open them
}
API_REQUESTS_PER_MINUTE = env.number("API_REQUESTS_PER_MINUTE", 1200)  # of one key
# Addresses of our own that webhooks may be sent to, one that works and one that fails.
WEBHOOK_TEST_RECEIVER = env.flag("WEBHOOK_TEST_RECEIVER", default=not PRODUCTION)
# The header in which the reverse proxy names the country of a request, by its two letters (F-102).
COUNTRY_HEADER = env.text("COUNTRY_HEADER", "" if PRODUCTION else "X-Country")
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0)
MFA_ADAPTER = "practice.accounts.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # an office has one address, and nothing to guess
MFA_FORMS = {
    "add_webauthn": "practice.forms.security.PasskeyAddForm",
    "edit_webauthn": "practice.forms.security.PasskeyRenameForm",
    "login_webauthn": "practice.forms.security.PasskeyLoginForm",
    "authenticate_webauthn": "practice.forms.security.PasskeyCodeForm",
    "reauthenticate_webauthn": "practice.forms.security.PasskeyAgainForm",
}
MFA_TOTP_ISSUER = "Countinghouse"
MFA_TOTP_TOLERANCE = 1  # one code early or late: telephones' clocks differ
ANONYMOUS_USER_NAME = None
GUARDIAN_RAISE_403 = False
GUARDIAN_MONKEY_PATCH_USER = False

SESSION_ENGINE = "practice.models.sessions"
SESSION_COOKIE_AGE = 60 * 60 * env.number("SESSION_HOURS", 12)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "practice.views.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / ".local" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.fonts.PartsOfInter",
]
FILES_ROOT = Path(env.text("FILES_ROOT", str(BASE_DIR / ".local" / "files")))
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(FILES_ROOT)},
    },
    # The files of clients (0019): a folder that no web server knows, or a bucket.
    "files": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(FILES_ROOT / "clients"),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "config.assets.Storage"},
}
if env.optional("FILES_BUCKET"):
    STORAGES["files"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.text("FILES_BUCKET"),
            "endpoint_url": env.optional("FILES_BUCKET_ENDPOINT"),
            "region_name": env.optional("FILES_BUCKET_REGION"),
            "access_key": env.optional("FILES_BUCKET_KEY"),
            "secret_key": env.optional("FILES_BUCKET_SECRET"),
            "default_acl": "private",
            "file_overwrite": False,
        },
    }
FILES_QUARANTINE = FILES_ROOT / "quarantine"
FILES_MAX_BYTES = env.number("FILES_MAX_MEGABYTES", 50) * 1024 * 1024  # of one file
FILES_MAX_REQUEST_BYTES = 4 * FILES_MAX_BYTES  # of all that one form sends
CLAMD_ADDRESS = env.optional("CLAMD_ADDRESS") or ""  # a virus scanner: a socket, or host:port
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
IMPORT_MAX_BYTES = 25 * 1024 * 1024

EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.optional("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = env.optional("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Countinghouse <no-reply@countinghouse.test>")

# Text messages leave through Twilio where it is named; else they stay in the outbox page.
TWILIO_ACCOUNT_SID = env.optional("TWILIO_ACCOUNT_SID") or ""
TWILIO_AUTH_TOKEN = env.text("TWILIO_AUTH_TOKEN") if TWILIO_ACCOUNT_SID else ""
TWILIO_FROM = env.text("TWILIO_FROM") if TWILIO_ACCOUNT_SID else ""
TEXTS_PER_HOUR = env.number("TEXTS_PER_HOUR", 200)  # of one firm

# A provider that moves no money, with cards that approve, decline, delay or dispute.
TEST_GATEWAY = env.flag("TEST_GATEWAY", default=not PRODUCTION)
# Stripe, where it is named. Cards are then entered there.
STRIPE_SECRET_KEY = env.optional("STRIPE_SECRET_KEY") or ""
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET") if STRIPE_SECRET_KEY else ""
STRIPE_API_BASE = env.optional("STRIPE_API_BASE") or ""
if STRIPE_SECRET_KEY:  # a form of ours is answered by the way to Stripe's page
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append("https://checkout.stripe.com")

CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A worker hears both queues unless `-Q quick` or `-Q jobs` gives it one: long jobs must not hold
# up the tick and the mail.
CELERY_TASK_DEFAULT_QUEUE = "jobs"
CELERY_TASK_QUEUES: dict[str, dict[str, str]] = {"jobs": {}, "quick": {}}
CELERY_TASK_ROUTES = {
    "practice.tasks.tick": {"queue": "quick"},
    "practice.tasks.dispatch": {"queue": "quick"},
}
# One tick over our own due tables; Redis only rings the bell.
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "practice.tasks.tick", "schedule": 10.0, "options": {"expires": 30}},
}

# Tracebacks without local variables: those hold people's data.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(levelname)s %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
}

# The greens of static/css/tokens.css, from the palest to the darkest.
BRAND = dict(
    zip(
        ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950"),
        (
            *("#f1f8f4", "#e5f0ea", "#c9e2d6", "#9fd0bb", "#6cc3a4", "#2f8b70"),
            *("#14604c", "#115542", "#0e4a3a", "#0c3c30", "#0c1a15"),
        ),
        strict=True,
    )
)
UNFOLD = {
    "SITE_TITLE": "Countinghouse operators",
    "SITE_HEADER": "Countinghouse",
    "SITE_SYMBOL": "account_balance",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}icon.svg"}],
    "COLORS": {"primary": BRAND},
}
