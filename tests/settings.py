"""The settings under test: the product's own, without what needs a server of its own."""

import atexit
import shutil
import tempfile

from config.settings import *  # noqa: F403
from config.settings import DATABASES, LOGGING, STORAGES

# The tests' connection is the application's role, so that row-level security holds in every one;
# the owner's address only makes and clears the database (tests/databases.py).
DATABASE_OWNER = DATABASES.pop("owner", None)
DATABASES["default"].pop("OPTIONS", None)

FILES = tempfile.mkdtemp(prefix="countinghouse-")
atexit.register(shutil.rmtree, FILES, ignore_errors=True)

SECRET_KEY = "tests-only"
MOVABLE_CLOCK = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT = None
STORAGES = {
    **STORAGES,
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "files": {**STORAGES["files"], "OPTIONS": {"location": FILES}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True

# Refusals are what most tests ask for; only what went wrong is worth a line.
LOGGING = {
    **LOGGING,
    "loggers": {name: {"level": "ERROR"} for name in ("django.request", "django_structlog")},
}
