"""Changes of e-mail addresses. `urlpatterns`: where the owner of an old address decides, opened from the message sent there;
`own`: on one's own pages, under /oma/osoite/."""

from django.urls import path

from members.views import email_changes as views

urlpatterns = [
    path("<str:token>/", views.decide, name="email_change"),
]
own = [
    path("<int:pk>/pysayta/", views.stop_own, name="email_change_stop"),
    path("luettu/", views.seen, name="email_change_seen"),
]
