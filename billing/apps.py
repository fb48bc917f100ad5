from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from billing import (
            attachments,  # noqa: F401 -- invoices as files of messages
            check_panel,  # noqa: F401 -- registers the panel of data checks
            dues,  # noqa: F401 -- tells the register what is unpaid
            following,
            invoice_mail,  # noqa: F401 -- the words of invoices sent by e-mail
            list_columns,
            panel,  # noqa: F401 -- registers the panel of the member page
            reorganising,  # noqa: F401 -- tells what a change of units means for fees
            reports,  # noqa: F401 -- registers the fees' section of the statistics
            segment_criteria,
        )
        from billing.personal import register as register_personal

        list_columns.register()
        following.register()
        segment_criteria.register()
        register_personal()
