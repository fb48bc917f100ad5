from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WebConfig(AppConfig):
    name = "jasenpalvelu.web"
    label = "web"

    def ready(self) -> None:
        """The roof gathers the `handlers.py` of every app: what they listen to stands in `common.events`."""
        autodiscover_modules("handlers")
        from jasenpalvelu.common import checks  # noqa: F401 -- registers what is asked of the database
