"""Something of everything for association A, built by the services themselves: what each address of the project shows.

The permission matrix, the pages in a browser and the measurements visit the same things. `Scenery.arguments` says which
object an address is opened with; an address it does not know fails the tests until somebody has said it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from django.core import signing
from django.core.files.base import ContentFile
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from billing.models import FeeTable, Invoice, InvoiceRun, LedgerEntry, PaymentFile, PaymentRow
from billing.services import fee_tables, ledger, offsetting
from billing.services.booking_files import book_file
from billing.services.counting import count_fees
from billing.services.reading_payments import read
from jasenpalvelu.audit.models import Mutation
from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from jasenpalvelu.common.sorting import fold
from jasenpalvelu.jobs.models import Job
from members.models import (
    DuplicatePair,
    Holding,
    ImportBatch,
    JoinRequest,
    Mandate,
    Membership,
    MembershipType,
    Party,
    QualityIssue,
    RoleGrant,
    RoleTemplate,
    SavedView,
    Training,
)
from members.models.memberships import EventKind
from members.quality import finding
from members.scope import Scope
from members.segments.tree import Criterion, Group
from members.segments.tree import Segment as SegmentTree
from members.services import (
    counting,
    emails,
    ending,
    households,
    joining,
    lifecycle,
    mandates,
    merging,
    quality,
    registering,
    segments,
)
from members.services.founding import Appointee
from members.services.importing import batches
from members.services.mandates import Resolution, Term
from members.services.registering import Address as Postal
from members.views.join import SALT
from tests.addresses import Address
from tests.bankfiles import Paid, ktl
from tests.billing import check_scene, runs
from tests.cast import JOINED, TODAY, Cast
from tests.communications import outbox_scene
from tests.communications import talk_scene as talks
from tests.communications.content import things as content
from tests.communications.letters import scene as letters
from tests.communications.surveys import scene as surveys_scene
from tests.members import board as matters
from tests.members import community_scene as community
from tests.members.personal import things as personal
from tests.members.reorganising import scene as changes

# A picture of one grey pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
# A card nobody has signed.
CARD = "A" * 124
# What nobody but a custodian may read anywhere, see `Scenery.hidden`.
HIDDEN_PHONE, HIDDEN_EMAIL, HIDDEN_STREET = "040 555 0177", "sanna.suojattu@example.fi", "Piilopolku 77"
NAMES = [
    ("Anna-Kaarina", "Lehtokorpi"),
    ("Eero", "Mäntysaari"),
    ("Kirsti Marjatta Annikki", "Suvisalmi-Lehtovuorenmaa"),
    ("Jukka", "Åkerlund"),
    ("Oona", "Vaaranpää"),
]


@dataclass
class Scenery:
    """`things` by the name of an address' argument, or by "address argument" where the same name means another thing."""

    cast: Cast
    things: dict[str, Any] = field(default_factory=dict)

    def arguments(self, address: Address) -> dict[str, Any]:
        """What the address is opened with. KeyError with the missing name when nobody has said it yet."""
        return {name: self._argument(address.name, name) for name in address.parameters}

    def _argument(self, address: str, name: str) -> Any:
        bare = address.rpartition(":")[2]
        keys = [
            f"{bare} {name}",
            *(f"{part}* {name}" for part in _beginnings(bare)),
            f"{address.partition(':')[0]}: {name}",
        ]
        for key in keys:
            if key in self.things:
                return self.things[key]
        raise KeyError(f"say in tests/scenery.py which object {address} is opened with: one of {keys}")

    @property
    def hidden(self) -> tuple[str, ...]:
        """What belongs to a person with a non-disclosure order, as pages might write it."""
        return (HIDDEN_PHONE, "+358405550177", "0405550177", HIDDEN_EMAIL, HIDDEN_STREET)


def _beginnings(name: str) -> list[str]:
    parts = name.split("_")
    return ["_".join(parts[:count]) for count in range(len(parts), 0, -1)]


def build(cast: Cast) -> Scenery:
    """Put everything up; the clock must stand at TODAY."""
    assert clock.today() == TODAY
    scenery = Scenery(cast)
    _people(scenery)
    _quality(scenery)
    _applications(scenery)
    scenery.things |= matters.things(cast)
    scenery.things |= personal.things(cast)
    scenery.things |= community.things(cast)
    _imports(scenery)
    _joined(scenery)
    _money(scenery)
    scenery.things |= check_scene.things(cast)
    _account(scenery)
    _rights(scenery)
    _statistics(scenery)
    scenery.things |= talks.things(cast)
    scenery.things |= outbox_scene.things(cast)
    scenery.things |= letters.things(cast)
    scenery.things |= surveys_scene.things(cast)
    scenery.things |= content.things(cast, PNG)
    scenery.things |= changes.things(cast)
    return scenery


def _statistics(scenery: Scenery) -> None:
    """Three weeks of counted days, and the fees."""
    yesterday = TODAY - counting.DAY
    counting.count_past(since=yesterday - 21 * counting.DAY, through=yesterday, at=clock.now())
    count_fees(at=clock.now())
    scenery.things["statistics_table form"] = "csv"


# --- the register -----------------------------------------------------------------------------------------------------
def _people(scenery: Scenery) -> None:
    cast, things = scenery.cast, scenery.things
    maija, a = cast.parties["maija"], cast.units["a"]
    for first, last in NAMES:
        _member(cast, first, last)
    hidden = _member(
        cast, "Sanna", "Suojattu", email=HIDDEN_EMAIL, phone=HIDDEN_PHONE, non_disclosure=True,
        address=Postal(HIDDEN_STREET, "99600", "Sodankylä"), home_municipality="758",
    )  # fmt: skip
    gone = _member(cast, "Pekka", "Päättynyt")
    membership = Membership.objects.get(party=gone)
    ended = ending.end_membership(
        actor=cast.users["aino"],
        membership=membership,
        kind=EventKind.RESIGNED,
        noticed_on=date(2026, 5, 4),
        reason="Muutti paikkakunnalta",
    )
    spouse = _member(cast, "Matti", "Metsäpelto", kind="family_member")
    link = households.add_link(actor=None, party=maija, other=spouse, kind="spouse", on=JOINED)
    view = SavedView.objects.create(
        user=cast.users["aino"],
        list_name="members",
        name="Maatalousyrittäjät",
        query=f"type={cast.types['farmer'].pk}",
    )
    segment, gone_segment = (
        segments.keep(
            actor=cast.users["aino"],
            unit=a,
            name=name,
            shared=True,
            segment=SegmentTree(
                Group("any", (Criterion("voting"), Criterion("contact", "is", {"what": ("email",)})))
            ),
        )
        for name in ("Äänivaltaiset", "Poistettu")
    )
    segments.remove(actor=cast.users["aino"], kept=gone_segment, at=clock.now())
    with mutation(actor=None, kind="test.scenery"):
        own_type = MembershipType.objects.create(
            unit=a,
            federation_code="supporting",
            name_fi="Kannatusjäsen",
            name_sv="Stödjande medlem",
            voting=False,
        )
        a.logo.save("tunnus.png", ContentFile(PNG))
    things |= {
        "membership_type* pk": a.pk,
        "membership_types pk": a.pk,
        "membership_type* type_pk": own_type.pk,
        "members_view* pk": view.pk,
        "member* pk": maija.pk,
        "member_protection pk": hidden.pk,
        "member_unmask pk": hidden.pk,
        "member_undo pk": gone.pk,
        "member_undo mutation_id": ended.pk,
        "member_link_end link_pk": link.pk,
        "membership* pk": maija.pk,
        "membership* membership_pk": Membership.objects.get(party=maija, unit=a).pk,
        "membership_reinstate pk": gone.pk,
        "membership_reinstate membership_pk": membership.pk,
        "holding* pk": maija.pk,
        "holding* holding_pk": Holding.objects.get(name="Koivula").pk,
        "payer* pk": maija.pk,
        "unit* pk": a.pk,
        "segment* pk": segment.pk,
        "segment_restore pk": gone_segment.pk,
        "public: slug": a.slug,
        "member_roll* pk": a.pk,
        "member_roll unit_pk": a.pk,
        "card_order pk": a.pk,
        "card_pdf membership_pk": Membership.objects.get(party=maija, unit=a).pk,
        "card_check text": CARD,
        "card_scanned text": CARD,
    }


def _member(cast: Cast, first: str, last: str, *, kind: str = "personal", **values: Any) -> Party:
    values = {
        "email": f"{fold(f'{first} {last}').replace(' ', '.')}@example.fi",
        "phone": "040 555 0101",
        "address": Postal("Koivulantie 12 B 3", "00100", "Helsinki"),
        "home_municipality": "091",
        **values,
    }
    party = registering.create_person(actor=None, first_names=first, last_name=last, on=JOINED, **values)
    lifecycle.start(actor=None, party=party, unit=cast.units["a"], type=cast.types[kind], started_on=JOINED)
    return party


def _quality(scenery: Scenery) -> None:
    """The estate can be sent nothing: an issue, and somebody's word that it is right so."""
    estate = scenery.cast.parties["estate"]
    finding.find(parties=[estate.pk], on=TODAY)
    issue = QualityIssue.objects.get(party=estate, rule="no_contact")
    said = quality.dismiss(
        actor=scenery.cast.users["aino"], issue=issue, reason="Haetaan toimistosta", at=clock.now()
    )
    scenery.things |= {"quality* pk": issue.pk, "quality_reopen pk": said.pk}


def _applications(scenery: Scenery) -> None:
    cast, things = scenery.cast, scenery.things
    a, board = cast.units["a"], cast.users["aino"]
    waiting, decided = (
        lifecycle.apply(
            actor=None,
            party=registering.create_person(
                actor=None, first_names=first, last_name="Hakija", on=TODAY, home_municipality="091"
            ),
            unit=a,
            type=cast.types["personal"],
            on=date(2026, 11, 12),
        )
        for first in ("Hilla", "Heikki")
    )
    done = joining.decide(
        actor=board, memberships=[decided], admitted=True, decided_on=TODAY, effective_on=TODAY, section="4"
    )
    typed = {"first_names": "Hanna", "last_name": "Hakija", "email": "hanna@example.fi"}
    request = JoinRequest.objects.create(
        unit=a, type=cast.types["personal"], language="fi", data=typed, created_at=clock.now()
    )
    things |= {
        "applications_undo mutation_id": done.pk,
        "join_confirm token": signing.dumps(request.pk, salt=SALT),
        "application* pk": waiting.pk,
    }


# A list with a new member, a change, a possible duplicate and a row that cannot be saved.
LIST = (
    "Sukunimi;Etunimi;Lähiosoite;Postinumero;Postitoimipaikka;Sähköposti;Jäsenlaji;Liittynyt\r\n"
    "Niemelä;Tuomas;Rantatie 4;00100;Helsinki;tuomas.niemela@example.fi;Henkilöjäsen;1.2.2026\r\n"
    "Lehtokorpi;Anna-Kaarina;Uusi katu 1;00100;Helsinki;anna.kaarina.lehtokorpi@example.fi;Henkilöjäsen;1.1.2020\r\n"
    "Vaaranpää;Oona;;;;;Henkilöjäsen;3.3.2026\r\n"
    "Virhe;Ville;Katu 2;1;Turku;ei-osoite;Ritari;32.1.2026\r\n"
)


def _imports(scenery: Scenery) -> None:
    """One list waiting for decisions, and one saved that can be taken back."""
    one_row = "".join(LIST.splitlines(keepends=True)[:2]).replace("Tuomas", "Teemu")
    saved = _checked(scenery, "uudet.csv", one_row)
    owner = saved.owner
    assert owner is not None
    runs.work_off(batches.start_commit(actor=owner, batch=saved, on=TODAY))
    waiting = _checked(scenery, "jäsenluettelo.csv", LIST)
    undecided = waiting.rows.exclude(verdict__in=["new", "same"]).order_by("line").first()
    scenery.things |= {
        "import* pk": waiting.pk,
        "import_rollback pk": saved.pk,
        "pair* pk": _pair(scenery).pk,
        "import_missing pk": saved.pk,
        "import* kind": "csv",
        "import* row_id": undecided.pk if undecided else 0,
    }


def _joined(scenery: Scenery) -> None:
    """A member who stood in the register twice and has been joined, and another entry that could be."""
    cast, aino = scenery.cast, scenery.cast.users["aino"]
    scope = Scope.for_user(aino, on=TODAY)
    one, other, third = (
        _member(cast, "Tuulikki", "Kahdesti", kind=kind) for kind in ("personal", "student", "supporting")
    )
    plan = merging.plan(survivor=one, merged=other, scope=scope, on=TODAY)
    done = merging.merge(
        actor=aino, scope=scope, survivor_id=one.pk, merged_id=other.pk, chosen={}, digest=plan.digest, on=TODAY,
        at=clock.now(),
    )  # fmt: skip
    scenery.things |= {
        "member_part pk": one.pk,
        "member_part merge_pk": done.pk,
        "member_merge pk": one.pk,
        "member_merge other_pk": third.pk,
    }


def _pair(scenery: Scenery) -> DuplicatePair:
    one, other = sorted(scenery.cast.parties[name].pk for name in ("maija", "lotta"))
    a = scenery.cast.units["a"]
    return DuplicatePair.objects.create(one_id=one, other_id=other, unit=a, reasons=["name"], found_on=TODAY)


def _checked(scenery: Scenery, name: str, text: str) -> ImportBatch:
    actor = scenery.cast.users["aino"]
    batch = batches.upload(
        actor=actor,
        unit=scenery.cast.units["a"],
        name=name,
        data=text.encode("iso-8859-1"),
        classes=frozenset("ABC"),
    )
    mapping = {int(column): key for column, key in batch.mapping.items()}
    options = {"bases_from": "2026-01-01", "type": None}
    runs.work_off(batches.start_check(actor=actor, batch=batch, mapping=mapping, options=options, on=TODAY))
    batch.refresh_from_db()
    return batch


# --- money ------------------------------------------------------------------------------------------------------------
def _money(scenery: Scenery) -> None:
    cast, things = scenery.cast, scenery.things
    a, olavi = cast.units["a"], cast.users["olavi"]
    for year in (2025, 2026):
        _decided(cast, year)
    draft = fee_tables.copy(source=FeeTable.objects.get(unit=a, year=2026), unit=a, year=2027, actor=olavi)
    last, this = (runs.make_run(a, actor=olavi, **_dates(year)) for year in (2025, 2026))
    last = runs.issued(last, olavi)
    runs.work_off(Job.objects.get(pk=last.documents_job_id))
    this = runs.previewed(this, olavi)
    invoice = last.invoices.get(payer=cast.parties["maija"])
    file = _paid(scenery, last)
    used = _credit_used(invoice)
    things |= {
        "fee_table* pk": draft.pk,
        "fee_table_reopen pk": FeeTable.objects.get(unit=a, year=2026).pk,
        "fee_table_version pk": FeeTable.objects.get(unit=a, year=2026).pk,
        "fee_rule* pk": draft.pk,
        "fee_rule* rule_pk": draft.rules.order_by("position").first().pk,
        "run* pk": this.pk,
        "run_resume pk": last.pk,
        "run_documents pk": last.pk,
        "run_documents_make pk": last.pk,
        "run_volume pk": last.pk,
        "run_volume number": 1,
        "run_download form": "csv",
        "run_item* item_pk": this.items.get(payer=cast.parties["maija"]).pk,
        "invoice* pk": invoice.pk,
        "use_credit pk": invoice.pk,
        "undo_use_credit pk": used.pk,
        "payment_file pk": file.pk,
        "unmatch pk": PaymentRow.objects.filter(state="matched").order_by("pk").first().pk,
        "job* job_id": this.job_id,
        "job_result job_id": _job_with_result(scenery).pk,
    }


def _credit_used(invoice: Invoice) -> LedgerEntry:
    """Five euros too much came once; two of them pay a part of the invoice."""
    day = date(2025, 3, 20)
    ledger.post_credit(
        creditor_id=invoice.creditor_id,
        payer=invoice.payer,
        amount=Decimal("5.00"),
        paid_on=day,
        booked_on=day,
        actor=None,
    )
    return offsetting.use(invoice=invoice, amount=Decimal("2.00"), on=day, actor=None)


def _decided(cast: Cast, year: int) -> None:
    runs.decided(
        cast.units["union"],
        runs.flat("perusosa", "13", once_per="payer", types=["farmer", "forest_owner"]),
        runs.bracket(
            "pelto",
            ["field_ha"],
            [("0", "20", "85"), ("20", "40", "125"), ("40", None, "200")],
            once_per="payer",
        ),
        year=year,
    )
    runs.decided(
        cast.units["a"],
        runs.flat("jasenmaksu", "45", types=["farmer", "forest_owner"]),
        runs.flat("henkilomaksu", "30", types=["personal"]),
        runs.bracket(
            "metsa", ["forest_ha_south"], [("0", "10", "42"), ("10", "200", "62.50")], once_per="holding"
        ),
        year=year,
        instalment_threshold=Decimal(200),
    )


def _dates(year: int) -> dict[str, Any]:
    return {
        "year": year,
        "basis_date": date(year, 1, 31),
        "invoice_date": date(year, 2, 10),
        "due_date": date(year, 3, 16),
        "second_due_date": date(year, 6, 15),
    }


def _paid(scenery: Scenery, run: InvoiceRun) -> PaymentFile:
    """One invoice paid, one paid in part, and money whose reference is nobody's."""
    a = scenery.cast.units["a"]
    first, second = run.invoices.exclude(payer=scenery.cast.parties["maija"]).order_by("number")[:2]
    data = ktl(
        a.iban,
        [
            Paid(first.reference, first.total, date(2025, 3, 14), "LEHTOKORPI A"),
            Paid(second.reference, Decimal("10.00"), date(2025, 3, 17), "MANTYSAARI E"),
            Paid("13", Decimal("25.00"), date(2025, 3, 17), "METSAPELTO M"),
        ],
    )
    return book_file(
        unit=a,
        file_name="viitteet_2025-03-18.txt",
        data=data,
        read=read(data),
        actor=scenery.cast.users["olavi"],
        at=clock.now(),
    )


def _job_with_result(scenery: Scenery) -> Job:
    job = Job(
        kind="billing.documents",
        title="Laskut, jäsenmaksut 2025",
        owner=scenery.cast.users["olavi"],
        unit_id=scenery.cast.units["a"].pk,
        capability="billing.view",
        state="done",
        total=7,
        done=7,
        result_name="laskut-2025.pdf",
        finished_at=clock.now(),
    )
    job.result.save("laskut-2025.pdf", ContentFile(b"%PDF-1.7"), save=False)
    job.save(force_insert=True)
    return job


# --- one's own account ------------------------------------------------------------------------------------------------
def _account(scenery: Scenery) -> None:
    """A passkey and another device of Aino's."""
    aino = scenery.cast.users["aino"]
    with mutation(actor=None, kind="test.scenery"):
        passkey = Authenticator.objects.create(
            user=aino, type=Authenticator.Type.WEBAUTHN, data=_passkey("Puhelin")
        )
        device = UserSession.objects.create(
            user=aino,
            ip="127.0.0.1",
            session_key="scenery",
            user_agent="Mozilla/5.0 (X11; Linux) Firefox/128.0",
        )
    scenery.things |= {
        "mfa_remove_webauthn pk": passkey.pk,
        "mfa_edit_webauthn pk": passkey.pk,
        "usersessions_end pk": device.pk,
    }


def _passkey(name: str) -> dict[str, Any]:
    """What the login library keeps of a passkey."""
    key = ES256.from_cryptography_key(generate_private_key(SECP256R1()).public_key())
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    attested = AttestedCredentialData.create(bytes(16), b"scenery-passkey", key)
    about = AttestationObject.create("none", AuthenticatorData.create(bytes(32), flags, 0, attested), {})
    client = CollectedClientData.create("webauthn.create", b"challenge", "http://localhost")
    response = {"attestationObject": websafe_encode(about), "clientDataJSON": client.b64}
    key_id = websafe_encode(b"scenery-passkey")
    credential = {"id": key_id, "rawId": key_id, "type": "public-key", "response": response}
    return {"name": name, "credential": credential | {"clientExtensionResults": {"credProps": {"rk": True}}}}


# --- posts ------------------------------------------------------------------------------------------------------------
def _rights(scenery: Scenery) -> None:
    """The secretary's post with a training, one given a moment ago, a role of A's own, and an address that waits."""
    cast, things = scenery.cast, scenery.things
    a, aino, riitta = cast.units["a"], cast.parties["aino"], cast.users["riitta"]
    given = mandates.grant(
        scope=Scope.for_user(riitta, on=TODAY),
        who=Appointee("", party=cast.parties["olavi"]),
        unit=a,
        template=RoleTemplate.objects.get(code="chair"),
        term=Term(date(2027, 1, 1), date(2027, 12, 31)),
        resolution=Resolution("board", TODAY, "5"),
        actor=riitta,
        on=TODAY,
    )
    with mutation(actor=None, kind="test.scenery"):
        training = Training.objects.create(
            party=aino, valid_from=date(2026, 1, 10), valid_to=date(2027, 1, 9), recorded_by=riitta
        )
        own = RoleTemplate.objects.create(
            code="a-own", unit=a, name_fi="Kuusilahden oma", name_sv="Egen", name_en="Own", longest_months=12
        )
        RoleGrant.objects.create(template=own, capability="members.view", reach="own", classes="A")
    change = emails.hold_back_contact(
        party=aino, old="aino@example.fi", new="aino.s@example.fi", actor=riitta, on=TODAY
    )
    act = Mutation.objects.filter(kind="mandate.grant", changes__row_id=str(given.pk)).latest("at")
    things |= {
        "mandate* pk": Mandate.objects.get(party=aino).pk,
        "mandate* training_pk": training.pk,
        "mandate_undo mutation_id": act.pk,
        "role* pk": own.pk,
        "email_change* pk": change.pk,
        "email_change token": emails.token_of(change),
    }
