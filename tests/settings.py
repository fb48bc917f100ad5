"""The project's own settings with what a test run needs differently, and nothing else."""

import os
from pathlib import Path

# The tests have servers of their own (`tests/conftest.py` starts them), so a running `script/server` is left alone.
os.environ.setdefault("VAR_DIR", str(Path(__file__).resolve().parent.parent / "var" / "test"))
os.environ.setdefault("CELERY_BROKER_URL", "memory://")

from jasenpalvelu.settings import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
HTTPS = SECURE_SSL_REDIRECT = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
MEDIA_ROOT = VAR_DIR / "files" / os.environ.get("PYTEST_XDIST_WORKER", "main")  # noqa: F405
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405 (WhiteNoise warns of a missing folder)
WHITENOISE_AUTOREFRESH = True  # no walk through the static files for every client a test makes
