"""Addresses of fee tables and invoice runs, under /toimisto/laskutus/."""

from django.urls import path

from billing.views import (
    office_credits,
    office_fee_rules,
    office_fees,
    office_invoice_mail,
    office_items,
    office_objections,
    office_runs,
    office_volumes,
)

urlpatterns = [
    path("maksutaulukot/", office_fees.table_list, name="fee_tables"),
    path("maksutaulukot/uusi/", office_fees.table_new, name="fee_table_new"),
    path("maksutaulukot/<int:pk>/", office_fees.table, name="fee_table"),
    path("maksutaulukot/<int:pk>/rajat/", office_fees.limits, name="fee_table_limits"),
    path("maksutaulukot/<int:pk>/paatos/", office_fees.decide, name="fee_table_decide"),
    path("maksutaulukot/<int:pk>/luonnokseksi/", office_fees.reopen, name="fee_table_reopen"),
    path("maksutaulukot/<int:pk>/uusi-versio/", office_fees.new_version, name="fee_table_version"),
    path("maksutaulukot/<int:pk>/poista/", office_fees.table_delete, name="fee_table_delete"),
    path("maksutaulukot/<int:pk>/osat/uusi/", office_fee_rules.rule_new, name="fee_rule_new"),
    path("maksutaulukot/<int:pk>/osat/<int:rule_pk>/", office_fee_rules.rule_edit, name="fee_rule"),
    path(
        "maksutaulukot/<int:pk>/osat/<int:rule_pk>/siirra/", office_fee_rules.rule_move, name="fee_rule_move"
    ),
    path(
        "maksutaulukot/<int:pk>/osat/<int:rule_pk>/poista/",
        office_fee_rules.rule_delete,
        name="fee_rule_delete",
    ),
    path("ajot/", office_runs.run_list, name="runs"),
    path("ajot/uusi/", office_runs.run_new, name="run_new"),
    path("ajot/<int:pk>/", office_runs.run, name="run"),
    path("ajot/<int:pk>/muokkaa/", office_runs.run_edit, name="run_edit"),
    path("ajot/<int:pk>/laske/", office_runs.calculate, name="run_calculate"),
    path("ajot/<int:pk>/hyvaksy/", office_runs.approve, name="run_approve"),
    path("ajot/<int:pk>/jatka/", office_runs.resume, name="run_resume"),
    path("ajot/<int:pk>/luonnokseksi/", office_runs.reopen, name="run_reopen"),
    path("ajot/<int:pk>/peru/", office_runs.cancel, name="run_cancel"),
    path("ajot/<int:pk>/esikatselu/<str:form>/", office_items.download, name="run_download"),
    path("ajot/<int:pk>/maksajat/", office_items.item_list, name="run_items"),
    path("ajot/<int:pk>/maksajat/<int:item_pk>/", office_items.item, name="run_item"),
    path("ajot/<int:pk>/korjaukset/", office_objections.objections, name="run_objections"),
    path("ajot/<int:pk>/maksajat/<int:item_pk>/jata-pois/", office_items.exclude, name="run_item_exclude"),
    path("ajot/<int:pk>/maksajat/<int:item_pk>/ota-mukaan/", office_items.include, name="run_item_include"),
    path("ajot/<int:pk>/asiakirjat/", office_volumes.run_documents, name="run_documents"),
    path("ajot/<int:pk>/asiakirjat/tee/", office_volumes.make_run_documents, name="run_documents_make"),
    path("ajot/<int:pk>/asiakirjat/<int:number>/", office_volumes.run_volume, name="run_volume"),
    path("laskut/<int:pk>/painettu/", office_volumes.invoice_sheet, name="invoice_sheet"),
    path("laskut/<int:pk>/hyvita/", office_credits.credit, name="invoice_credit"),
    path("laskut/<int:pk>/laheta/", office_invoice_mail.mail, name="invoice_mail"),
]
