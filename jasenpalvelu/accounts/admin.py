"""What operators may do with accounts: look, close, reopen, and help someone whose phone is gone. Nothing else is edited here."""

import logging

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.accounts import close_account, forget_second_factors, reopen_account

log = logging.getLogger(__name__)

# The login library shows its own tables, secrets included; rights come from mandates and not from groups.
for model in (EmailAddress, EmailConfirmation, Authenticator, UserSession, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("email", "full_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "language")
    search_fields = ("email", "full_name")
    fields = (
        "email",
        "full_name",
        "language",
        "is_active",
        "is_staff",
        "is_superuser",
        "created_at",
        "last_login",
    )
    readonly_fields = fields
    actions = ("close", "reopen", "forget_factors")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    @admin.action(description=_("Close the chosen accounts"))
    def close(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users.order_by("pk"):
            close_account(user=user)
        self._tell(request, users)

    @admin.action(description=_("Reopen the chosen accounts"))
    def reopen(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users.order_by("pk"):
            reopen_account(user=user)
        self._tell(request, users)

    @admin.action(description=_("Remove the second factors (a lost phone; make sure who is asking)"))
    def forget_factors(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users.order_by("pk"):
            forget_second_factors(user=user)
            log.warning("operator %s removed the second factors of account %s", request.user.pk, user.pk)
        self._tell(request, users)

    def _tell(self, request: HttpRequest, users: QuerySet[User]) -> None:
        n = users.count()
        text = ngettext("Done to one account.", "Done to %(n)s accounts.", n) % {"n": n}
        messages.success(request, text)
