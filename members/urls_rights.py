"""Addresses of posts and roles, under /toimisto/oikeudet/."""

from django.urls import path

from members.views import office_mandate as mandate
from members.views import office_rights as rights
from members.views import office_roles as roles

urlpatterns = [
    path("", rights.rights, name="rights"),
    path("uusi/", rights.new, name="mandate_new"),
    path("<int:pk>/", mandate.mandate, name="mandate"),
    path("<int:pk>/paata/", mandate.end, name="mandate_end"),
    path("<int:pk>/koulutus/", mandate.training, name="mandate_training"),
    path(
        "<int:pk>/koulutus/<int:training_pk>/poista/", mandate.training_remove, name="mandate_training_remove"
    ),
    path("kumoa/<uuid:mutation_id>/", mandate.undo, name="mandate_undo"),
    path("roolit/", roles.roles, name="roles"),
    path("roolit/uusi/", roles.new, name="role_new"),
    path("roolit/<int:pk>/", roles.role, name="role"),
    path("roolit/<int:pk>/muokkaa/", roles.edit, name="role_edit"),
]
