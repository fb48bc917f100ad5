"""Addresses of changes of the organisation and of the tree as of a day, under /toimisto/yhdistykset/."""

from django.urls import path

from members.views import office_changes as changes
from members.views import office_past

urlpatterns = [
    path("rakenne/", office_past.tree, name="unit_tree"),
    path("muutokset/", changes.index, name="unit_changes"),
    path("muutokset/uusi/<slug:kind>/", changes.new, name="unit_change_new"),
    path("muutokset/<int:pk>/", changes.change, name="unit_change"),
    path("muutokset/<int:pk>/muokkaa/", changes.edit, name="unit_change_edit"),
    path("muutokset/<int:pk>/jako/", changes.division, name="unit_change_division"),
    path("muutokset/<int:pk>/toimet/", changes.posts_page, name="unit_change_posts"),
    path("muutokset/<int:pk>/uusi-yksikko/", changes.new_unit, name="unit_change_like"),
    path("muutokset/<int:pk>/suunnittele/", changes.plan, name="unit_change_plan"),
    path("muutokset/<int:pk>/luonnokseksi/", changes.reopen, name="unit_change_reopen"),
    path("muutokset/<int:pk>/toteuta/", changes.begin, name="unit_change_begin"),
    path("muutokset/<int:pk>/jatka/", changes.go_on, name="unit_change_go_on"),
    path("muutokset/<int:pk>/poista/", changes.remove, name="unit_change_remove"),
    path("muutokset/<int:pk>/kumoa/", changes.undo, name="unit_change_undo"),
]
