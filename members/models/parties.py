"""Parties: persons and organisations, each entered once; their contact points and the dated links between them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.audit.triggers import combined, tracked
from jasenpalvelu.common.identifiers import make_member_number
from members.models.dated import Dated, DatedQuerySet, period_check
from members.models.triggers import lists_memberships, refuses_merged

if TYPE_CHECKING:
    from members.scope import Scope

LANGUAGES = [("fi", _("Finnish")), ("sv", _("Swedish")), ("en", _("English"))]


class PartyKind(models.TextChoices):
    PERSON = "person", _("person")
    ORGANISATION = "organisation", _("organisation")


class MemberNumberCounter(models.Model):
    """The last member number given; one locked row, so that numbers are never reused or skipped."""

    last = models.PositiveIntegerField()


class PartyQuerySet(models.QuerySet["Party"]):
    def visible_to(self, scope: Scope, capability: str = "members.view") -> PartyQuerySet:
        """Parties with a membership, past ones too, in a unit the scope reaches (EXISTS, never a join)."""
        from members.models.memberships import Membership

        memberships = Membership.objects.filter(party_id=models.OuterRef("pk"))
        return self.filter(models.Exists(memberships.filter(scope.unit_filter("unit", capability))))


class Party(models.Model):
    """One person or organisation of the federation, whatever number of memberships it has (REG-2)."""

    kind = models.CharField(_("kind"), max_length=12, choices=PartyKind.choices)
    member_number = models.PositiveIntegerField(
        _("member number"), unique=True, help_text=_("Without the check digit; never reused")
    )
    display_name = models.CharField(_("name"), max_length=200, help_text=_("As in lists: Sukunimi Etunimi"))
    sort_key = models.CharField(max_length=400, editable=False)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="fi")
    home_municipality = models.CharField(_("home municipality"), max_length=3, blank=True)
    non_disclosure = models.BooleanField(_("non-disclosure order"), default=False)
    non_disclosure_until = models.DateField(_("non-disclosure in force until"), null=True, blank=True)
    invoice_channel = models.CharField(
        _("invoices come by"),
        max_length=10,
        choices=[
            ("auto", _("automatically")),
            ("email", _("e-mail")),
            ("post", _("post")),
            ("einvoice", _("e-invoice")),
        ],
        default="auto",
    )
    # Set when this entry turned out to be the same member as another one, always to the entry that goes on.
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        db_index=False,
        verbose_name=_("joined to"),
    )
    search = SearchVectorField(null=True, editable=False)
    search_contact = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)

    objects = PartyQuerySet.as_manager()

    class Meta:
        triggers = combined(
            tracked(party="id", exclude=["sort_key", "search", "search_contact", "created_at"]),
            lists_memberships(),
        )
        indexes = [
            models.Index(fields=["sort_key", "id"], name="party_by_name"),
            models.Index(fields=["home_municipality"], name="party_municipality"),
            GinIndex(fields=["search"], name="party_search"),
            GinIndex(fields=["search_contact"], name="party_search_contact"),
            models.Index(fields=["merged_into"], name="party_merged", condition=Q(merged_into__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("pk")),
                name="party_not_merged_into_itself",
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def number(self) -> str:
        """The member number as printed, 20479-3."""
        return make_member_number(self.member_number)

    @property
    def is_person(self) -> bool:
        return self.kind == PartyKind.PERSON


class Person(models.Model):
    party = models.OneToOneField(Party, models.CASCADE, primary_key=True, related_name="person")
    first_names = models.CharField(_("first names"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    birth_date_purpose = models.CharField(_("why the date of birth is kept"), max_length=120, blank=True)
    deceased_on = models.DateField(_("deceased on"), null=True, blank=True)

    class Meta:
        triggers = tracked(party="party_id")
        constraints = [
            models.CheckConstraint(
                condition=Q(birth_date__isnull=True) | ~Q(birth_date_purpose=""),
                name="person_birth_date_purpose",
            )
        ]
        indexes = [models.Index(fields=["birth_date"], name="person_birth_date")]

    @property
    def full_name(self) -> str:
        """As on cards and in greetings: Etunimi Sukunimi."""
        return f"{self.first_names} {self.last_name}".strip()

    def age_on(self, on: date) -> int | None:
        if self.birth_date is None:
            return None
        born = self.birth_date
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


class LegalForm(models.TextChoices):
    COMPANY = "company", _("company")
    JOINT_FOREST = "joint_forest", _("jointly owned forest")
    ESTATE = "estate", _("estate of a deceased person")
    PARTNERSHIP = "partnership", _("partnership")
    ASSOCIATION = "association", _("association")
    OTHER = "other", _("other organisation")


class Organisation(models.Model):
    party = models.OneToOneField(Party, models.CASCADE, primary_key=True, related_name="organisation")
    name = models.CharField(_("name"), max_length=200)
    legal_form = models.CharField(
        _("legal form"), max_length=20, choices=LegalForm.choices, default=LegalForm.OTHER
    )
    y_tunnus = models.CharField(_("business ID"), max_length=9, blank=True)

    class Meta:
        triggers = tracked(party="party_id")
        indexes = [models.Index(fields=["y_tunnus"], name="organisation_y_tunnus", condition=~Q(y_tunnus=""))]


class ContactKind(models.TextChoices):
    ADDRESS = "address", _("address")
    EMAIL = "email", _("e-mail")
    PHONE = "phone", _("phone")


class Source(models.TextChoices):
    OFFICE = "office", _("office")
    IMPORT = "import", _("import")
    MEMBER = "member", _("the member")
    FORM = "form", _("join form")


class ContactPoint(Dated):
    """An address, e-mail or phone; two parties may share one (REG-2). `value` of an address is its street line."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="contact_points")
    kind = models.CharField(_("kind"), max_length=8, choices=ContactKind.choices)
    value = models.CharField(_("value"), max_length=254)
    key = models.CharField(
        max_length=254, editable=False, help_text="Normalised value, for search and duplicates"
    )
    co_line = models.CharField(_("c/o"), max_length=80, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=10, blank=True)
    city = models.CharField(_("post office"), max_length=60, blank=True)
    country = models.CharField(_("country"), max_length=2, default="FI")
    primary = models.BooleanField(_("used first"), default=True)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.OFFICE)
    verified_on = models.DateField(_("verified on"), null=True, blank=True)
    bounced_on = models.DateField(_("bounced on"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        triggers = combined(tracked(party="party_id", exclude=["key"]), refuses_merged("party_id"))
        constraints = [
            period_check("contactpoint_period"),
            models.UniqueConstraint(
                fields=["party", "kind"],
                condition=Q(valid_to__isnull=True, primary=True),
                name="contactpoint_one_primary",
            ),
        ]
        indexes = [models.Index(fields=["key", "kind"], name="contactpoint_key")]


class LinkKind(models.TextChoices):
    SPOUSE = "spouse", _("spouse")
    CHILD = "child", _("child")
    GUARDIAN = "guardian", _("guardian")
    SHAREHOLDER = "shareholder", _("shareholder")
    CONTACT_PERSON = "contact_person", _("contact person")
    VOTER = "voter", _("holder of the vote")
    PAYER = "payer", _("payer")
    ESTATE_OF = "estate_of", _("estate of")


class PartyLink(Dated):
    """`other` is the <kind> of `party`: other is party's spouse, child, guardian, payer …; a spouse is stored once."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="links")
    other = models.ForeignKey(Party, models.CASCADE, related_name="reverse_links")
    kind = models.CharField(_("relation"), max_length=16, choices=LinkKind.choices)

    objects = DatedQuerySet.as_manager()

    class Meta:
        triggers = combined(tracked(party="party_id"), refuses_merged("party_id", "other_id"))
        constraints = [
            period_check("partylink_period"),
            models.CheckConstraint(condition=~Q(party=models.F("other")), name="partylink_not_itself"),
            models.UniqueConstraint(
                fields=["party", "other", "kind"],
                condition=Q(valid_to__isnull=True),
                name="partylink_one_open",
            ),
            # An organisation votes through one person (Associations Act 503/1989, section 26).
            models.UniqueConstraint(
                fields=["party"], condition=Q(valid_to__isnull=True, kind="voter"), name="partylink_one_voter"
            ),
        ]
