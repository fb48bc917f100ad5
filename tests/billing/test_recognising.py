"""The same money in files of different kinds is booked once, and two equal payments are two."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from billing.formats.errors import BankFileError
from billing.models import PaymentFile, PaymentRow
from billing.recognising import Known, sort_out
from billing.services.booking_files import book_file
from billing.services.reading_payments import read
from jasenpalvelu.common import clock
from tests.billing.test_payments import upload
from tests.cast import Cast

D = Decimal
DATA = Path(__file__).parent / "data"
KTL = (DATA / "synthetic_ktl.txt").read_bytes()
CAMT054 = (DATA / "synthetic_camt054.xml").read_bytes()
IBAN = "FI2112345600000785"
MARKS = {"both": ("{id}", "{uetr}"), "id": ("{id}", ""), "uetr": ("", "{uetr}"), "none": ("", "")}

TWICE = [("MEIKÄLÄINEN MAIJA", "50.00", "100420000000124"), ("MEIKÄLÄINEN MAIJA", "50.00", "100420000000124")]


def camt(
    kind: str, payments: list[tuple[str, str, str]], *, marks: str = "none", file_id: str = "F1"
) -> bytes:
    """A camt.053 of single entries or a camt.054 of one batch; `marks` says what the bank tells of each payment."""
    transactions = [_transaction(number, *paid, marks) for number, paid in enumerate(payments)]
    if kind == "053":
        entries = "".join(
            _entry(amount, one) for (_n, amount, _r), one in zip(payments, transactions, strict=True)
        )
        return _document("053", "BkToCstmrStmt", "Stmt", file_id, entries)
    total = sum(D(amount) for _name, amount, _reference in payments)
    batch = f"<Btch><NbOfTxs>{len(payments)}</NbOfTxs></Btch>" + "".join(transactions)
    return _document(
        "054",
        "BkToCstmrDbtCdtNtfctn",
        "Ntfctn",
        file_id,
        _entry(str(total), batch, "<AcctSvcrRef>BATCH1</AcctSvcrRef>"),
    )


def _transaction(number: int, name: str, amount: str, reference: str, marks: str) -> str:
    archive, uetr = MARKS[marks]
    archive = archive.format(id=f"260316588WWRV00{number}")
    uetr = uetr.format(uetr=f"5b1c1e5e-0000-4000-8000-00000000000{number}")
    refs = (f"<AcctSvcrRef>{archive}</AcctSvcrRef>" if archive else "") + (
        f"<UETR>{uetr}</UETR>" if uetr else ""
    )
    given_ = (
        f"<RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd></RmtInf>" if reference else ""
    )
    return (
        f"<TxDtls><Refs>{refs}</Refs><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
        f"<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties>{given_}</TxDtls>"
    )


def _entry(amount: str, details: str, ref: str = "") -> str:
    return (
        f"<Ntry><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-16</Dt></BookgDt>"
        f"<ValDt><Dt>2026-03-16</Dt></ValDt>{ref}<BkTxCd/><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _document(version: str, message: str, part: str, file_id: str, entries: str) -> bytes:
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.{version}.001.02"
    account = f"<Acct><Id><IBAN>{IBAN}</IBAN></Id></Acct>"
    return (
        f"<Document xmlns='{space}'><{message}><GrpHdr><MsgId>{file_id}</MsgId></GrpHdr><{part}><Id>{file_id}</Id>{account}"
        f"{entries}</{part}></{message}></Document>"
    ).encode()


def ktl(payments: list[tuple[str, str, str]], *, blank: bool = False) -> bytes:
    account, lines = IBAN[4:], ["02603171946571234567891".ljust(90)]
    for number, (name, amount, reference) in enumerate(payments):
        archive = "" if blank else f"260316588WWRV00{number}"
        cents = int(D(amount) * 100)
        lines.append(
            f"3{account}260316260316{archive:16}{reference:0>20}{name[:12]:12}1A{cents:010}0A".ljust(90)
        )
    total = sum(int(D(amount) * 100) for _name, amount, _reference in payments)
    lines.append(f"9{len(payments):06}{total:011}".ljust(90, "0"))
    return "\r\n".join(lines).encode("iso-8859-1")


def book(cast: Cast, data: bytes) -> PaymentFile:
    unit = cast.units["union"]
    return book_file(unit=unit, file_name="x", data=data, read=read(data), actor=None, at=clock.now())


KINDS = {
    "ktl": ktl(TWICE),
    "ktl without ids": ktl(TWICE, blank=True),
    "053": camt("053", TWICE, file_id="S1"),
    "053 again": camt("053", TWICE, file_id="S2"),
    "054": camt("054", TWICE, file_id="N1"),
    "054 with ids": camt("054", TWICE, marks="id", file_id="N2"),
    "054 with uetr": camt("054", TWICE, marks="uetr", file_id="N3"),
    "054 with both": camt("054", TWICE, marks="both", file_id="N4"),
}


@pytest.mark.parametrize(("first", "then"), list(permutations(KINDS, 2)))
def test_two_equal_payments_are_two_and_neither_is_booked_from_another_file(
    cast: Cast, first: str, then: str
) -> None:
    assert book(cast, KINDS[first]).new_count == 2
    again = book(cast, KINDS[then])
    assert (again.new_count, again.known_count) == (0, 2)


def test_the_bank_s_own_sample_in_every_kind(cast: Cast) -> None:
    bare = CAMT054.replace(b"<Refs><AcctSvcrRef>260313588WWRV001</AcctSvcrRef></Refs>", b"")
    bare = bare.replace(b"260316588WWRV002", b"").replace(b"260316588WWRV003", b"")
    assert book(cast, KTL).new_count == 4
    assert book(cast, bare).new_count == 0
    assert book(cast, CAMT054).new_count == 0


def test_one_more_in_the_second_file_is_new(cast: Cast) -> None:
    book(cast, KINDS["053"])
    more = book(cast, camt("054", [*TWICE, TWICE[0]], file_id="N9"))
    assert (more.new_count, more.known_count) == (1, 2)


def test_other_payers_days_sums_and_references_are_other_payments(cast: Cast) -> None:
    book(cast, camt("053", [("MEIKÄLÄINEN MAIJA", "50.00", "")]))
    others = [
        ("ÖST MATTI", "50.00", ""),
        ("MEIKÄLÄINEN MAIJA", "50.01", ""),
        ("MEIKÄLÄINEN MAIJA", "50.00", "1232"),
    ]
    assert book(cast, camt("054", others)).new_count == 3
    later = camt("053", [("MEIKÄLÄINEN MAIJA", "50.00", "")], file_id="S3").replace(
        b"2026-03-16", b"2026-03-17"
    )
    assert book(cast, later).new_count == 1


def test_payments_with_marks_of_their_own_are_never_taken_for_each_other(cast: Cast) -> None:
    assert book(cast, ktl(TWICE[:1])).new_count == 1
    assert book(cast, ktl(TWICE[:1]).replace(b"WWRV000", b"WWRV009")).new_count == 1
    assert PaymentRow.objects.count() == 2


@given(st.lists(st.sampled_from("abc"), max_size=6), st.lists(st.sampled_from("abc"), max_size=6))
def test_equal_payments_are_counted(known: list[str], told: list[str]) -> None:
    def made(name: str) -> Known:
        return Known(IBAN, date(2026, 3, 16), D(10), "", name * 5, "", "")

    new = sort_out([made(name) for name in told], [made(name) for name in known]).new
    assert len(new) == sum(max(told.count(name) - known.count(name), 0) for name in "abc")


def test_the_lump_sum_is_compared_with_rows_of_any_mark(cast: Cast, client: Client) -> None:
    book(cast, camt("054", TWICE, marks="uetr"))
    lump = camt("053", [("", "100.00", "")], file_id="L1").replace(
        b"<BkTxCd/>", b"<BkTxCd><Prtry><Cd>705 VIITESIIRROT</Cd></Prtry></BkTxCd>"
    )
    start, end = lump.index(b"<TxDtls>"), lump.index(b"</TxDtls>") + len(b"</TxDtls>")
    file = book(cast, lump[:start] + b"<Btch><NbOfTxs>2</NbOfTxs></Btch>" + lump[end:])
    cast.sign_in(client, "riitta")
    (compared,) = client.get(reverse("office:payment_file", args=[file.pk])).context["totals"]
    assert (compared["count"], compared["difference"]) == (2, 0)


# --- odd amounts and days ---------------------------------------------------------------------------------------------
ODD = {
    "three decimals": (b"50.00</Amt>", b"50.005</Amt>"),
    "negative": (b"50.00</Amt>", b"-50.00</Amt>"),
    "exponent": (b"50.00</Amt>", b"5E1</Amt>"),
    "huge": (b"50.00</Amt>", b"99999999999.00</Amt>"),
    "endless": (b"50.00</Amt>", b"9" * 400 + b".00</Amt>"),
    "blank": (b"50.00</Amt>", b"</Amt>"),
    "currency": (b"Ccy='EUR'", b"Ccy='XAU'"),
    "long ago": (b"2026-03-16", b"0001-01-01"),
    "far away": (b"2026-03-16", b"9999-12-31"),
    "no such day": (b"2026-03-16", b"2026-02-30"),
    "edge of time": (b"<Dt>2026-03-16</Dt>", b"<DtTm>0001-01-01T00:00:00+14:00</DtTm>"),
    "count": (b"<BkTxCd/><NtryDtls>", b"<BkTxCd/><NtryDtls><Btch><NbOfTxs>99999999999999</NbOfTxs></Btch>"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_amounts_and_days_refuse_the_file_beside_the_field(cast: Cast, client: Client, name: str) -> None:
    data = camt("053", [("MEIKÄLÄINEN MAIJA", "50.00", "13")]).replace(*ODD[name])
    with pytest.raises(BankFileError):
        read(data)
    cast.sign_in(client, "riitta")
    response = upload(client, data)
    assert response.status_code == 422
    assert response.context["form"].errors["file"]
    assert not PaymentFile.objects.exists()


@pytest.mark.parametrize(
    "odd",
    [
        camt("053", [("N" * 300, "50.000", "1" * 60)]),
        camt("053", [("", "50.00", "")]),
        camt("054", TWICE, marks="id").replace(b"260316588WWRV00", b"X" * 60),
        camt("054", TWICE, marks="uetr").replace(b"5b1c1e5e", b"Z" * 60),
        ktl([("A\0B\x02C", "50.00", "13")]),
    ],
)
def test_odd_names_and_marks_are_booked_all_the_same(cast: Cast, odd: bytes) -> None:
    file = book(cast, odd)
    assert file.new_count == file.row_count > 0
