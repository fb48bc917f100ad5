"""The Celery application. It only wakes workers: what there is to do is rows in PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jasenpalvelu.settings")

app = Celery("jasenpalvelu")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

from jasenpalvelu import heartbeat  # noqa: E402, F401 (connects its handlers)
