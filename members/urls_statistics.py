"""Addresses of statistics, under /toimisto/tilastot/."""

from django.urls import path

from members.views import office_statistics as views

urlpatterns = [
    path("", views.statistics, name="statistics"),
    path("taulukko.<str:form>", views.table, name="statistics_table"),
    path("hallitukselle.pdf", views.board, name="statistics_board"),
]
