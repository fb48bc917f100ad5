"""The addresses of the house; each app keeps its own."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from jasenpalvelu.web.views import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("terveys/", health.live, name="health_live"),
    path("terveys/valmis/", health.ready, name="health_ready"),
    path("terveys/kaikki/", health.everything, name="health_everything"),
    path("yllapito/", admin.site.urls),
]
urlpatterns += [
    path(prefix, include(module))
    for prefix, module in [("tili/", "jasenpalvelu.accounts.urls"), ("", "jasenpalvelu.web.urls")]
    if find_spec(module)
]
