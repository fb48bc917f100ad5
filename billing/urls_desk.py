"""Addresses of the treasurer's desk, under /toimisto/laskutus/."""

from django.urls import path

from billing.views import office_desk as views

urlpatterns = [
    path("", views.desk, name="billing"),
    path("laskut/<int:pk>/", views.invoice, name="invoice"),
    path("laskut/<int:pk>/pdf/", views.invoice_pdf, name="invoice_pdf"),
    path("laskut/tiedostoiksi/", views.documents, name="invoice_documents"),
    path("maksajat/<int:pk>/", views.payer, name="payer"),
]
