from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.formats import camt
from billing.formats.errors import BankFileError, BankFileFormatError, BankFileSumError
from tests.billing.vectors import DATA, VECTORS, money

D = Decimal
STATEMENT = (DATA / "synthetic_camt053.xml").read_text(encoding="utf-8")
NOTIFICATION = (DATA / "synthetic_camt054.xml").read_text(encoding="utf-8")
NEW = (DATA / "synthetic_camt053_08.xml").read_text(encoding="utf-8")


def parse(text: str) -> camt.CamtFile:
    return camt.parse(text.encode())


@pytest.mark.parametrize("name", ["synthetic_camt053.xml", "synthetic_camt054.xml"])
def test_vectors(name: str) -> None:
    entries = camt.parse((DATA / name).read_bytes()).entries
    expected: list[dict[str, Any]] = VECTORS["camt"][name]
    assert len(entries) == len(expected)
    for entry, case in zip(entries, expected, strict=True):
        assert entry.amount == money(case["amount"])
        assert entry.code == case["code"]
        assert entry.batch_count == (int(case["batch_n"]) if case["batch_n"] else None)
        assert [
            {
                "amount": str(row.amount),
                "ref": row.reference_raw,
                "ref_norm": row.reference,
                "payer": row.payer,
            }
            for row in entry.transactions
        ] == case["txs"]


def test_the_batch_of_a_statement_is_a_control_total_and_that_of_a_notification_is_not() -> None:
    batch, single = parse(STATEMENT).entries
    assert batch.is_control_total
    assert not single.is_control_total
    assert not parse(NOTIFICATION).entries[0].is_control_total


def test_statement_account_and_balances() -> None:
    parsed = parse(STATEMENT)
    statement = parsed.statements[0]
    assert parsed.message == "camt.053.001.02"
    assert parsed.message_id == "SYN053202603160001"
    assert (statement.kind, statement.id, statement.account_iban) == (
        "statement",
        "SYN053-52",
        "FI2112345600000785",
    )
    assert (statement.opening_balance, statement.closing_balance) == (D(1000), D(1519))
    assert parse(NOTIFICATION).statements[0].kind == "notification"


def test_days_and_ids_of_a_payment() -> None:
    row = parse(NOTIFICATION).entries[0].transactions[0]
    assert (row.booked, row.paid, row.servicer_ref) == (
        date(2026, 3, 16),
        date(2026, 3, 16),
        "260313588WWRV001",
    )


def test_version_08_tells_the_same_in_other_places() -> None:
    statement = parse(NEW).statements[0]
    assert parse(NEW).message == "camt.053.001.08"
    assert statement.left_out == 1
    incoming, returned, bare, outgoing = statement.entries
    row = incoming.transactions[0]
    assert (row.amount, row.reference, row.payer, row.payer_iban) == (
        D("62.00"),
        "100420000000124",
        "Pöllömetsän yhteismetsä",
        "FI5810171000000122",
    )
    assert row.uetr == "7a562c67-ca16-48ba-b074-65581be6f011"
    assert row.end_to_end_id == "NOTPROVIDED"
    assert row.paid == date(2026, 3, 17), "23.30 UTC is the next day in Finland"
    assert returned.amount == D("-62.00")
    assert returned.correction
    assert returned.transactions[0].correction
    assert returned.transactions[0].payer == "Pöllömetsän yhteismetsä"
    assert bare.transactions[0].message == "TALLETUS"
    assert bare.transactions[0].amount == D("10.00")
    assert bare.transactions[0].reference is None
    assert outgoing.amount == D("-5.00")
    assert not outgoing.transactions[0].correction
    assert outgoing.transactions[0].payer == "Mallipankki"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("100420000000124", "100420000000124"),
        ("10042 00000 00124", "100420000000124"),
        ("Viitenumero: 10042 00000 00124", "100420000000124"),
        ("viite 100420000000124", "100420000000124"),
        ("Jäsenmaksu RF90 1004 2000 0000 124 kiitos", "100420000000124"),
        ("RF90100420000000124", "100420000000124"),
        ("JÄSENMAKSU 1232", None),
        ("Lasku 2026 1009", None),
        ("RF91100420000000124", None),
        ("kiitos", None),
    ],
)
def test_a_reference_in_free_text_counts_only_when_certain(text: str, key: str | None) -> None:
    changed = STATEMENT.replace("JÄSENMAKSU 2026 MATTI MEIKÄLÄINEN", text)
    row = parse(changed).entries[1].transactions[0]
    assert row.reference == key
    assert (row.reference_raw is None) == (key is None)
    assert row.message == text


def test_a_structured_reference_wins_even_when_wrong() -> None:
    strd = "<Strd><CdtrRefInf><Ref>1233</Ref></CdtrRefInf></Strd>"
    row = parse(STATEMENT.replace("<Ustrd>", f"{strd}<Ustrd>1232</Ustrd><Ustrd>")).entries[1].transactions[0]
    assert (row.reference_raw, row.reference) == ("1233", None)


def test_namespaces_and_prefixes_do_not_matter() -> None:
    bare = STATEMENT.replace(' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"', "")
    assert parse(bare).entries == parse(STATEMENT).entries
    prefixed = (
        STATEMENT.replace("</", "</n:").replace("<", "<n:").replace("<n:/n:", "</n:").replace("<n:?", "<?")
    )
    prefixed = prefixed.replace("xmlns=", "xmlns:n=")
    assert parse(prefixed).entries == parse(STATEMENT).entries


def test_the_file_itself_says_its_encoding() -> None:
    latin = STATEMENT.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').encode("iso-8859-1")
    assert camt.parse(latin).entries == parse(STATEMENT).entries
    assert camt.parse(STATEMENT.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")).entries


def test_pending_entries_are_left_out_and_counted() -> None:
    pending = NOTIFICATION.replace("<Sts>BOOK</Sts>", "<Sts>PDNG</Sts>")
    statement = parse(pending).statements[0]
    assert (statement.entries, statement.left_out) == ((), 1)


def test_one_transaction_paid_in_another_currency_brings_what_was_booked() -> None:
    foreign = STATEMENT.replace('<TxAmt><Amt Ccy="EUR">50.00', '<TxAmt><Amt Ccy="SEK">570.00')
    assert parse(foreign).entries[1].transactions[0].amount == D("50.00")
    charged = STATEMENT.replace('<TxAmt><Amt Ccy="EUR">50.00', '<TxAmt><Amt Ccy="EUR">52.00')
    charged = charged.replace("<NtryDtls><TxDtls>", "<Chrgs><Amt>2.00</Amt></Chrgs><NtryDtls><TxDtls>")
    assert parse(charged).entries[1].transactions[0].amount == D("50.00")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('<Amt Ccy="EUR">344.00', '<Amt Ccy="EUR">345.00', "entry_amount"),
        ("<NbOfTxs>3<", "<NbOfTxs>4<", "batch_count"),
        (
            "<NbOfNtries>1</NbOfNtries><Sum>469.00",
            "<NbOfNtries>2</NbOfNtries><Sum>469.00",
            "TtlCdtNtries_count",
        ),
        ("<Sum>469.00", "<Sum>469.01", "TtlCdtNtries_sum"),
    ],
)
def test_figures_that_disagree_refuse_the_whole_notification(old: str, new: str, code: str) -> None:
    assert old in NOTIFICATION
    with pytest.raises(BankFileSumError) as refused:
        parse(NOTIFICATION.replace(old, new))
    assert refused.value.code == code
    assert refused.value.expected != refused.value.found


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (">1519.00<", ">1519.01<", "closing_balance"),
        (">1000.00<", ">999.00<", "closing_balance"),
        ("<TtlNtries><NbOfNtries>2<", "<TtlNtries><NbOfNtries>3<", "TtlNtries_count"),
        ("<Sum>519.00", "<Sum>518.00", "TtlCdtNtries_sum"),
    ],
)
def test_figures_that_disagree_refuse_the_whole_statement(old: str, new: str, code: str) -> None:
    assert old in STATEMENT
    with pytest.raises(BankFileSumError) as refused:
        parse(STATEMENT.replace(old, new))
    assert refused.value.code == code


def test_a_page_of_a_longer_statement_is_not_held_to_the_balances() -> None:
    page = "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
    changed = STATEMENT.replace("<LglSeqNb>", f"{page}<LglSeqNb>").replace(">1519.00<", ">9519.00<")
    assert len(parse(changed).entries) == 2
    with pytest.raises(BankFileSumError):
        parse(changed.replace("false", "true"))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("</Document>", "", "not_xml"),
        ("BkToCstmrStmt", "Other", None),
        ("<Stmt>", "<Other>", "not_xml"),
        ("<IBAN>FI2112345600000785</IBAN>", "", "account_missing"),
        ("<Ccy>EUR</Ccy>", "<Ccy>SEK</Ccy>", "currency_is_not_euro"),
        ('<Ntry><Amt Ccy="EUR">50.00', '<Ntry><Amt Ccy="SEK">50.00', "currency_is_not_euro"),
        ('<Ntry><Amt Ccy="EUR">50.00', '<Ntry><Amt Ccy="EUR">fifty', "amount"),
        ('<Ntry><Amt Ccy="EUR">50.00', '<Ntry><Amt Ccy="EUR">-50.00', "amount"),
        ('<Ntry><Amt Ccy="EUR">50.00</Amt>', "<Ntry>", "amount"),
        ("50.00</Amt><CdtDbtInd>CRDT", "50.00</Amt><CdtDbtInd>XXXX", "credit_or_debit"),
        ("<Sts>BOOK</Sts>", "<Sts>DONE</Sts>", "status"),
        ("<Sts>BOOK</Sts>", "", "status"),
        ("<BookgDt><Dt>2026-03-16</Dt></BookgDt>", "<BookgDt><Dt>16.3.2026</Dt></BookgDt>", "date"),
        ("<BookgDt><Dt>2026-03-16</Dt></BookgDt><ValDt><Dt>2026-03-16</Dt></ValDt>", "", "booking_date"),
        ("<NbOfTxs>3", "<NbOfTxs>three", "count"),
    ],
)
def test_broken_files_are_refused(old: str, new: str, code: str | None) -> None:
    assert old in STATEMENT
    if code is None:
        assert parse(STATEMENT.replace(old, new)).entries
        return
    with pytest.raises(BankFileFormatError) as refused:
        parse(STATEMENT.replace(old, new))
    assert refused.value.code == code


def test_files_of_another_kind() -> None:
    for data in (
        b"",
        b"hello",
        b"<a/>",
        b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.03'/>",
    ):
        with pytest.raises(BankFileFormatError):
            camt.parse(data)


def test_entities_and_document_types_are_refused() -> None:
    bomb = '<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    outside = '<!DOCTYPE Document [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    for kind in (bomb, outside, '<!DOCTYPE Document SYSTEM "http://localhost/x.dtd">'):
        with pytest.raises(BankFileFormatError) as refused:
            parse(
                STATEMENT.replace("<Document", f"{kind}<Document").replace(
                    "SYN053-52", "&a;" if "ENTITY" in kind else "x"
                )
            )
        assert refused.value.code == "document_type_not_allowed"


def test_size_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camt, "MAX_BYTES", 100)
    with pytest.raises(BankFileFormatError) as refused:
        parse(STATEMENT)
    assert refused.value.code == "file_too_large"


@given(st.binary(max_size=300))
def test_any_bytes_give_a_reason_and_never_a_crash(data: bytes) -> None:
    with pytest.raises(BankFileError):
        camt.parse(data)


@settings(max_examples=200)
@given(st.integers(0, len(STATEMENT) - 1), st.sampled_from("0123456789<>/aCDN. "))
def test_a_changed_character_never_crashes(place: int, character: str) -> None:
    try:
        parse(STATEMENT[:place] + character + STATEMENT[place + 1 :])
    except BankFileError:
        pass
