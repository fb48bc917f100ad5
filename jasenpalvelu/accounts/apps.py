from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    default = True
    name = "jasenpalvelu.accounts"
    label = "accounts"
    verbose_name = _("Accounts")


class MaintenanceAdminConfig(admin.AdminConfig):
    """Django's admin for the operators of the installation, behind our own login and a second factor."""

    default = False
    default_site = "jasenpalvelu.accounts.maintenance.MaintenanceSite"
