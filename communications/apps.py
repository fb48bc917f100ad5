from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunicationsConfig(AppConfig):
    name = "communications"
    verbose_name = _("Communications")

    def ready(self) -> None:
        from communications import (
            checks,  # noqa: F401 -- registers what is asked of the settings
            contact_panel,  # noqa: F401 -- registers the panel of the member page
            contact_tasks,  # noqa: F401 -- registers what beat calls
            content_tasks,  # noqa: F401 -- registers what beat calls
            following,
            handlers,  # noqa: F401 -- takes the mail of the layers below
            letter_tests,  # noqa: F401 -- registers what test messages say
            letters_portal,  # noqa: F401 -- registers the letters of the member's page
            survey_portal,  # noqa: F401 -- registers what waits on the member's page
            survey_tasks,  # noqa: F401 -- registers what beat calls, the jobs and the letter
        )
        from communications.personal import register as register_personal
        from communications.services import talk_mail  # noqa: F401 -- registers what mails of conversations say

        register_personal()
        following.register()
