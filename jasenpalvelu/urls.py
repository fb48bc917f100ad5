"""The addresses of the house; each app keeps its own."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from jasenpalvelu.web.views import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("terveys/", health.live, name="health_live"),
    path("terveys/valmis/", health.ready, name="health_ready"),
    path("terveys/kaikki/", health.everything, name="health_everything"),
    path("yllapito/", admin.site.urls),
    path("tili/", include("jasenpalvelu.accounts.urls")),
    path("", include("jasenpalvelu.web.urls")),
]
