"""All settings in one file; what differs between installations comes from the environment and fails loudly.

With `DATABASE_URL` or `REDIS_URL` unset, the private servers of `jasenpalvelu.embedded` under `var/` are used.
"""

from pathlib import Path
from urllib.parse import unquote

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from jasenpalvelu import embedded, logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

EMBEDDED = embedded.in_use()
DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).absolute()
SECRET_KEY = embedded.secret_key(VAR_DIR) if EMBEDDED and "SECRET_KEY" not in env else env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if EMBEDDED else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=not EMBEDDED)
LOGGING = logs.configuration(as_json=env.bool("LOG_JSON", default=not EMBEDDED))

INSTALLED_APPS = [
    "jasenpalvelu.web",
    "communications",
    "billing",
    "members",
    "jasenpalvelu.jobs",
    "jasenpalvelu.audit",
    "jasenpalvelu.accounts",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "template_partials",
    "django_filters",
    "django.contrib.humanize",
    "django.forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "jasenpalvelu.accounts.apps.MaintenanceAdminConfig",
]

MIDDLEWARE = [
    "jasenpalvelu.logs.numbered",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "jasenpalvelu.web.middleware.PrivacyHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "jasenpalvelu.accounts.middleware.LanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "members.middleware.ScopeMiddleware",
    "jasenpalvelu.web.middleware.MfaPolicyMiddleware",
    "jasenpalvelu.web.middleware.FreshNumbersMiddleware",
]

ROOT_URLCONF = "jasenpalvelu.urls"
WSGI_APPLICATION = "jasenpalvelu.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
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
                "csp.context_processors.nonce",
                "jasenpalvelu.web.context_processors.frame",
            ],
        },
    }
]

DATABASES = {
    "default": env.db_url_config(env.str("DATABASE_URL", default="") or embedded.database_url(VAR_DIR))
}
DATABASES["default"] |= {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": unquote(
        DATABASES["default"]["HOST"]
    ),  # a socket's folder is written %2Flike%2Fthis in an address
    "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
    "CONN_HEALTH_CHECKS": True,
    "TEST": {"NAME": "test_jasenpalvelu_" + env.str("TEST_DB_SUFFIX", default="main")},
}
if "LOCK_TIMEOUT" in env:  # a migration gives up rather than let everybody queue behind it
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = f"-c lock_timeout={env.str('LOCK_TIMEOUT')}"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="") or embedded.redis_url(VAR_DIR)
CACHES = {
    "default": {
        "BACKEND": "jasenpalvelu.accounts.cache.PatientRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
    }
}

# --- people and login -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Two weeks for whoever asks to stay logged in on a device of their own, else until the browser is closed.
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
if HTTPS:  # the browser then refuses a cookie of these names set by a neighbouring host or over plain HTTP
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"

ALLAUTH_TRUSTED_PROXY_COUNT = env.int(
    "PROXY_COUNT", default=1 if env.bool("BEHIND_PROXY", default=False) else 0
)
ACCOUNT_ADAPTER = "jasenpalvelu.accounts.adapters.AccountAdapter"
# Who may get an account by a code sent to an address without one: dotted path to (email) -> MemberContact | None.
ACCOUNTS_MEMBER_LOOKUP = "members.services.logins.contact_for_email"
# Whether a change of a login's address waits: dotted path to (user, new address) -> bool.
ACCOUNTS_EMAIL_GUARD = "members.services.logins.hold_back_login"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = CODE_LIFETIME = 10 * 60
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = CODE_LIFETIME
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = CODE_LIFETIME
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = CODE_LIFETIME
# Three guesses a code and these limits: at most 45 guesses an hour against one account, out of a million codes.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "request_login_code": "20/m/ip,3/5m/key,15/h/key",
    "reset_password": "20/m/ip,3/5m/key,15/h/key",
    "confirm_email": "1/10s/key",
    "reauthenticate": "10/m/user",
}
ACCOUNT_FORMS = {
    "login": "jasenpalvelu.accounts.forms.PasswordLoginForm",
    "request_login_code": "jasenpalvelu.accounts.forms.RequestCodeForm",
    "confirm_login_code": "jasenpalvelu.accounts.forms.ConfirmCodeForm",
    "confirm_password_reset_code": "jasenpalvelu.accounts.forms.ConfirmResetCodeForm",
    "confirm_email_verification_code": "jasenpalvelu.accounts.forms.ConfirmEmailForm",
    "reset_password": "jasenpalvelu.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "jasenpalvelu.accounts.forms.NewPasswordForm",
    "change_password": "jasenpalvelu.accounts.forms.ChangePasswordForm",
    "set_password": "jasenpalvelu.accounts.forms.SetPasswordForm",
    "add_email": "jasenpalvelu.accounts.forms.ChangeEmailForm",
    "reauthenticate": "jasenpalvelu.accounts.forms.ReauthenticateForm",
}
MFA_ADAPTER = "jasenpalvelu.accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Jäsenpalvelu"
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "jasenpalvelu.accounts.forms_mfa.AuthenticateForm",
    "reauthenticate": "jasenpalvelu.accounts.forms_mfa.ReauthenticateForm",
    "activate_totp": "jasenpalvelu.accounts.forms_mfa.ActivateTotpForm",
    "add_webauthn": "jasenpalvelu.accounts.forms_mfa.AddPasskeyForm",
    "edit_webauthn": "jasenpalvelu.accounts.forms_mfa.RenamePasskeyForm",
}

# --- languages --------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fi"
LANGUAGES = [("fi", _("Finnish")), ("sv", _("Swedish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Helsinki"
USE_I18N = USE_TZ = True

# --- files ------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
MEDIA_ROOT = VAR_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Names with a hash of the contents, which browsers may keep for ever; straight from the folders where it is tried out.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = EMBEDDED
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- security ---------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = HTTPS
# A mail program that ends letters is never sent elsewhere (RFC 8058).
SECURE_REDIRECT_EXEMPT = [r"^kirjeet/peru/"]
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SECURE_REFERRER_POLICY = "same-origin"

# --- mail -------------------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="jasenpalvelu@localhost")
vars().update(env.email_url("EMAIL_URL", default="filemail:///" if EMBEDDED else "smtp://localhost:25"))
EMAIL_FILE_PATH = str(VAR_DIR / "mail")  # used by filemail: messages as files, nothing leaves the machine
EMAIL_TIMEOUT = 20
# Message ids, bounces (bounces+…@) and answers (reply+…@) are of this domain; its mail comes to `manage.py receive_mail`.
MAIL_DOMAIN = env.str("MAIL_DOMAIN", default=DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost")
MAIL_BOUNCES, MAIL_REPLIES = (
    env.str("MAIL_BOUNCES", default="bounces"),
    env.str("MAIL_REPLIES", default="reply"),
)
# A Maildir read each minute where the mail server has no pipe to `manage.py receive_mail`; what of ours was not understood.
MAIL_INBOX, MAIL_KEPT = env.str("MAIL_INBOX", default=""), str(VAR_DIR / "mail-kept")
MAIL_NAME = "Jäsenpalvelu"
# Messages a second to one mail host, at first and at most; a host that asks for it gets fewer. Connections of one sender.
MAIL_RATE = float(env.str("MAIL_RATE", default="500"))
MAIL_RATE_HIGHEST = float(env.str("MAIL_RATE_HIGHEST", default="2000"))
MAIL_CONNECTIONS, MAIL_SENDERS = env.int("MAIL_CONNECTIONS", default=4), env.int("MAIL_SENDERS", default=2)
# Text messages: an operator's gateway (communications.sms.backends.HttpBackend); files for trying out in the embedded service, and
# without a gateway anywhere else none are sent. Price of one in euros, for estimates.
SMS_BACKEND = env.str("SMS_BACKEND", default="communications.sms.backends.FileBackend" if EMBEDDED else "")
SMS_FILE_PATH = str(VAR_DIR / "sms")
SMS_URL, SMS_TOKEN = env.str("SMS_URL", default=""), env.str("SMS_TOKEN", default="")
SMS_TIMEOUT, SMS_PRICE = env.int("SMS_TIMEOUT", default=20), env.str("SMS_PRICE", default="")
# The address people know the service by, for links in mails that no request has made.
_HOST = (
    f"localhost:{env.int('WEB_PORT', default=8000)}" if EMBEDDED else next(iter(ALLOWED_HOSTS), "localhost")
)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"{'https' if HTTPS else 'http'}://{_HOST}").rstrip("/")

# --- background work --------------------------------------------------------------------------------------------
# PostgreSQL holds what there is to do; Celery only wakes workers. So a message may be lost or come twice, and no task
# runs nearly as long as the visibility timeout, after which a late-acknowledged message is delivered again.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL.replace("unix://", "redis+socket://"))
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,  # a web request that wakes a worker must not hang on a broker that is down
    "max_retries": 1,
    "interval_start": 0,
    "interval_max": 0.2,
}
CELERY_VISIBILITY_TIMEOUT = 3600
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 540, 600
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = [Queue("default"), Queue("pdf"), Queue("mail")]
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
CELERY_BEAT_SCHEDULE = {
    "communications.contacts": {
        "task": "communications.contacts",
        "schedule": crontab(hour=4, minute=50),
        "options": {"expires": 3600},
    },
    "communications.content": {
        "task": "communications.content",
        "schedule": crontab(hour=4, minute=20),
        "options": {"expires": 3600},
    },
    "communications.text_messages": {
        "task": "communications.text_messages",
        "schedule": 30,
        "options": {"expires": 25, "queue": "mail"},
    },
    "communications.collect": {
        "task": "communications.collect",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "communications.addresses": {
        "task": "communications.addresses",
        "schedule": 600,
        "options": {"expires": 590},
    },
    "communications.surveys": {
        "task": "communications.surveys",
        "schedule": crontab(minute=5),
        "options": {"expires": 3000},
    },
    "communications.advance": {
        "task": "communications.advance",
        "schedule": 30,
        "options": {"expires": 25, "queue": "mail"},
    },
    "sweep": {"task": "jobs.sweep", "schedule": 60, "options": {"expires": 55}},
    "members.tidy": {"task": "members.tidy", "schedule": 6 * 3600, "options": {"expires": 3600}},
    "members.quality_follow": {
        "task": "members.quality_follow",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "members.quality_check": {
        "task": "members.quality_check",
        "schedule": crontab(hour=3, minute=10),
        "options": {"expires": 3600},
    },
    "members.erase_again": {
        "task": "members.erase_again",
        "schedule": crontab(hour=4, minute=10),
        "options": {"expires": 3600},
    },
    "billing.forget": {
        "task": "billing.forget",
        "schedule": crontab(hour=3, minute=50),
        "options": {"expires": 3600},
    },
    "members.retention": {
        "task": "members.retention",
        "schedule": crontab(hour=4, minute=30),
        "options": {"expires": 3600},
    },
    "members.addresses": {"task": "members.addresses", "schedule": 600, "options": {"expires": 590}},
    "members.tree": {
        "task": "members.tree",
        "schedule": crontab(hour=0, minute=1),
        "options": {"expires": 3600},
    },
    "members.scan": {
        "task": "members.scan",
        "schedule": crontab(hour=2, minute=30),
        "options": {"expires": 3600},
    },
    "members.statistics": {
        "task": "members.statistics",
        "schedule": crontab(hour=0, minute=20),
        "options": {"expires": 3600},
    },
    "billing.statistics": {
        "task": "billing.statistics",
        "schedule": crontab(hour=0, minute=40),
        "options": {"expires": 3600},
    },
    "jobs.tidy": {"task": "jobs.tidy", "schedule": 6 * 3600, "options": {"expires": 3600}},
    "accounts.tidy": {"task": "accounts.tidy", "schedule": 6 * 3600, "options": {"expires": 3600}},
}
