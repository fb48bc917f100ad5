"""The Celery application as a worker of these tests starts it: on the test database, with the tests' kinds of jobs."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

from django.conf import settings

settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]

from jasenpalvelu.celery import app  # noqa: E402 (after the database is named)

app.conf.imports = ["tests.jobs.handlers"]
