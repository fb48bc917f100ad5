"""Under /toimisto/tuonti/, in the namespace `office`."""

from django.urls import path, re_path

from members.views import import_acts as acts
from members.views import office_import as views
from members.views import office_pairs as pairs

urlpatterns = [
    path("", views.imports, name="imports"),
    re_path(r"^malli\.(?P<kind>csv|xlsx)$", views.template, name="import_template"),
    path("samat/", pairs.pairs, name="pairs"),
    path("samat/haku/", pairs.scan, name="pairs_scan"),
    path("samat/<int:pk>/eri/", pairs.different, name="pair_different"),
    path("samat/<int:pk>/eri/peru/", pairs.different_undo, name="pair_different_undo"),
    path("samat/<int:pk>/pyyda/", pairs.ask, name="pair_ask"),
    path("<int:pk>/", views.batch_page, name="import"),
    path("<int:pk>/sarakkeet/", views.columns, name="import_columns"),
    path("<int:pk>/lukutapa/", views.read_again, name="import_reading"),
    path("<int:pk>/tarkista/", acts.recheck, name="import_recheck"),
    path("<int:pk>/eteneminen/", views.progress, name="import_progress"),
    path("<int:pk>/rivit/<int:row_id>/", views.choose, name="import_choose"),
    path("<int:pk>/ratkaise/", views.choose_rest, name="import_choose_rest"),
    path("<int:pk>/tallenna/", acts.commit, name="import_commit"),
    path("<int:pk>/peru/", acts.roll_back, name="import_rollback"),
    path("<int:pk>/poista/", acts.discard, name="import_discard"),
    re_path(r"^(?P<pk>[0-9]+)/virheet\.(?P<kind>csv|xlsx)$", acts.errors, name="import_errors"),
    path("<int:pk>/puuttuvat/", views.missing, name="import_missing"),
]
