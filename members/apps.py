from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Member register")

    def ready(self) -> None:
        from members import (
            community_panel,  # noqa: F401 -- registers the card of the member's page
            following,
            handlers,  # noqa: F401 -- registers what the register does on events
            marks,  # noqa: F401 -- registers what keeps data from being erased
            tables,
        )
        from members.personal import own as own_rows
        from members.segments import community, consented, listed, own
        from members.statistics import reports  # noqa: F401 -- registers the members' section of the statistics

        tables.register_own()
        following.register_own()
        own.register_own()
        listed.register()
        community.register_community()
        consented.register_own()
        own_rows.register_own()
