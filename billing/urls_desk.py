"""Addresses of the treasurer's desk, under /toimisto/laskutus/."""

from django.urls import path

from billing.views import office_desk as views
from billing.views import office_offsets as offsets

urlpatterns = [
    path("", views.desk, name="billing"),
    path("laskut/<int:pk>/", views.invoice, name="invoice"),
    path("laskut/<int:pk>/pdf/", views.invoice_pdf, name="invoice_pdf"),
    path("laskut/<int:pk>/hyvitys/", offsets.use_credit, name="use_credit"),
    path("laskut/hyvitykset/<int:pk>/kumoa/", offsets.undo_use_credit, name="undo_use_credit"),
    path("laskut/tiedostoiksi/", views.documents, name="invoice_documents"),
    path("maksajat/<int:pk>/", views.payer, name="payer"),
]
