"""Every column of billing: its field class, whether the person gets it, and what erasure does to it (REG-14).

Invoices, payments and the ledger are accounting material: an erasure leaves them until their time is up (Accounting Act
1336/1997, chapter 2, section 10: vouchers six years, books ten). What is only a working note or a hint goes at once.
"""

from jasenpalvelu.common.privacy import Erase, Table
from jasenpalvelu.common.privacy import columns as _columns


def _kept(names: str, *, export: bool = True, protected: bool = False) -> Table:
    """Accounting material about a payer."""
    return _columns(names, "D", export=export, erase=Erase.KEEP, protected=protected)


def _staff(names: str) -> Table:
    """Who in the office did it: evidence, and nothing about the payer."""
    return _columns(names, "A", export=False, erase=Erase.KEEP)


TABLES: dict[str, Table] = {
    # --- fees: what a meeting decided; nobody's data --------------------------------------------------------------
    "billing_feetable": _columns(
        "id unit_id year version state decided_by decided_on section cap instalment_threshold"
    ),
    "billing_feerule": _columns(
        "id table_id position code name_fi name_sv name_en kind once_per bases basis_area types excluded_types amount"
        " unit_price percent minimum maximum required condition proration join_cutoff beneficiary_id account vat_code"
        " vat_rate"
    ),
    "billing_feebracket": _columns("id rule_id lower upper amount"),
    # --- runs: working rows of a draft are written anew each time; an item is what its invoice was made of --------
    "billing_invoicerun": _columns(
        "id creditor_id number title year units basis_date invoice_date due_date second_due_date message_fi message_sv"
        " message_en newcomers state summary preview_hash previewed_at approved_hash approved_at created_at issued_at job_id"
        " documents_job_id"
    )
    | _staff("approved_by_id created_by_id"),
    "billing_runexclusion": _columns("id run_id at") | _kept("payer_id reason") | _staff("actor_id"),
    "billing_runmembership": _columns("id run_id unit_id")
    | _kept("payer_id membership_id party_id holding_id covered", export=False),
    "billing_runrange": _columns("id run_id after last payers done"),
    "billing_runitem": _columns("id run_id sort_key")
    | _kept("payer_id state name total previous_total lines errors warnings notes codes")
    | _kept("payer_data", protected=True),
    # --- documents ------------------------------------------------------------------------------------------------
    "billing_numberseries": _columns("id creditor_id year last"),
    "billing_issuer": _columns("id creditor_id data sha256 logo"),
    "billing_invoice": _columns("id run_id run_item_id issuer_id payer_sort_key created_at made_in")
    | _kept("creditor_id year number kind credits_id payer_id payer_name payer_number payer_y_tunnus language title")
    | _kept("message invoice_date due_date reference total open_amount")
    | _kept("payer_address", protected=True),
    "billing_invoiceline": _columns("id invoice_id position charge_key released account vat_code vat_rate data")
    | _kept("unit_id beneficiary_id component text basis_text amount"),
    # Copies of the invoices as they are printed: `services.volumes.forget_old` removes them in half a year.
    "billing_documentvolume": _columns(
        "id run_id number invoices first_pages refused first_postal_code last_postal_code pages rendered byte_count made_at"
    )
    | _kept("content", export=False, protected=True),
    "billing_duerow": _columns("id invoice_id position") | _kept("due_date amount"),
    # --- checks before billing: what the payer said is the payer's own ---------------------------------------------
    "billing_checkround": _columns(
        "id unit_id title year units types segment_id answer_by created_at opened_at closed_at job_id"
    )
    | _staff("created_by_id"),
    "billing_datacheck": _columns("id version code_digest code_version")
    | _columns("code_by_id", "A", export=False)
    | _columns("round_id payer_id channel sent_at reminded_at opened_at answer answered_at via", "B"),
    "billing_dataproposal": _columns("id check_of_id")
    | _columns("kind holding_id basis_id unit_id before value made_at state decided_at decided_by_id reason via", "C")
    | _columns("text was", "C", protected=True)
    | _columns("code_by_id", "A", export=False),
    # --- money in -------------------------------------------------------------------------------------------------
    "billing_paymentfile": _columns(
        "id unit_id file_name sha256 format account row_count new_count known_count matched_count waiting_count total"
        " imported_at job_id refusal"
    )
    | _kept("content", export=False)
    | _staff("imported_by_id"),
    "billing_paymentrow": _columns(
        "id unit_id file_id line account archive_id ordinal uetr reference_key correction state reason manual_key"
        " twin_id created_at"
    )
    | _staff("returned_by_id")
    | _kept("returned_on booked_on paid_on reference_raw reference payer_name payer_iban message amount"),
    "billing_controltotal": _columns("id file_id account booked_on code count amount"),
    "billing_payeraccount": _columns("id") | _columns("payer_iban party_id", "D", erase=Erase.DELETE),
    "billing_ledgerentry": _columns("id payment_row_id reverses_id counter_id mutation_id created_at")
    | _kept("creditor_id payer_id invoice_id kind amount on booked_on text")
    | _staff("actor_id"),
    "billing_allocation": _columns("id entry_id line_id") | _kept("amount"),
    "billing_feeyear": _columns("year beneficiary_id invoices invoiced credited unpaid counted_at"),
}  # fmt: skip
