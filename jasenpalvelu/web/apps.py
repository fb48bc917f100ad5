from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "jasenpalvelu.web"
    label = "web"
