"""Celery's side of the accounts: thin."""

from celery import shared_task

from jasenpalvelu.accounts.services.sessions import forget_ended


@shared_task(name="accounts.tidy")
def tidy(**_: object) -> None:
    forget_ended()
