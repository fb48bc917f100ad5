"""The account: who may log in. What it may do comes from mandates and memberships, never from here."""

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.accounts.managers import UserManager


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(
        _("E-mail"), unique=True, error_messages={"unique": _("Another account uses this e-mail address.")}
    )
    full_name = models.CharField(_("Name"), max_length=200, blank=True)
    # Empty until chosen: a browser's own wish then decides, see LanguageMiddleware.
    language = models.CharField(_("Language"), max_length=2, choices=settings.LANGUAGES, blank=True)
    is_active = models.BooleanField(_("Active"), default=True)
    is_staff = models.BooleanField(
        _("Operator"), default=False, help_text=_("May open the maintenance site, with a second factor.")
    )
    # Set only by the demo generator, only in the embedded mode: its second factor is printed for anyone to use.
    is_demo = models.BooleanField(_("Demo account"), default=False, editable=False)
    demo_role = models.CharField(_("Role in the demo"), max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(_("Created"), db_default=Now(), editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["email"]
        # Together with the unique column this makes addresses unique whatever their case.
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="user_email_lower",
                violation_error_message=_("Write the e-mail address in lower case."),
            )
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return self.full_name.split(" ", 1)[0] or self.email
