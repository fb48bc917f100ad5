"""The rules of data quality: each a question in SQL that answers for any set of parties (REG-16).

A rule selects `party_id`, `subject` (the row that is wrong, "" for the party) and `fact` (what was found, so that a person's
"this is right" holds until it changes). It may read `people`, the members asked about, `present`, their open memberships
with the type, and the parameters `today`, `codes` and `offices`. ERROR is what keeps an invoice from being sent: these rules say beforehand what a run
finds in billing.pricing and billing.services.previewing, so that it can be put right; the run leaves out that payer and no other.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models.quality import Severity


@dataclass(frozen=True)
class Rule:
    """`classes`: what a reader must hold to be told; `hides_protected`: it would tell what a non-disclosure order hides."""

    code: str
    severity: Severity
    title: str | Promise
    action: str | Promise
    sql: str
    classes: str = "A"
    hides_protected: bool = False


RULES = (
    Rule(
        "no_contact", Severity.ERROR, _("No address and no e-mail"), _("Add an address or an e-mail"),
        """SELECT p.party_id, '' AS subject, '' AS fact FROM people p
            WHERE NOT EXISTS (SELECT 1 FROM members_contactpoint c WHERE c.party_id = p.party_id AND c.valid_to IS NULL AND c.kind IN ('email', 'address'))""",
        classes="B", hides_protected=True,
    ),
    Rule(
        "no_holding", Severity.ERROR, _("The holding of the fee is missing"), _("Add the holding"),
        """SELECT p.party_id, 'membership:' || p.id, p.type_id::text FROM present p
           WHERE p.needs_holding AND p.fee_bearing AND p.holding_id IS NULL""",
        classes="C",
    ),
    Rule(
        "responsible_dead", Severity.ERROR, _("The responsible member of the holding has died"),
        _("Choose another responsible member"),
        """SELECT p.party_id, 'holding:' || h.id, h.responsible_id::text FROM present p
           JOIN members_holding h ON h.id = p.holding_id JOIN members_person d ON d.party_id = h.responsible_id
           WHERE d.deceased_on IS NOT NULL""",
        classes="C",
    ),
    Rule(
        "responsible_left", Severity.WARNING, _("The responsible member of the holding is not a member"),
        _("Choose another responsible member"),
        """SELECT p.party_id, 'holding:' || h.id, h.responsible_id::text FROM present p
           JOIN members_holding h ON h.id = p.holding_id
           WHERE NOT EXISTS (SELECT 1 FROM members_membership r
                             WHERE r.party_id = h.responsible_id AND r.state IN ('applied', 'active', 'lapsed'))
             AND NOT EXISTS (SELECT 1 FROM members_person d
                             WHERE d.party_id = h.responsible_id AND d.deceased_on IS NOT NULL)""",
        classes="C",
    ),
    Rule(
        "no_y_tunnus", Severity.WARNING, _("The business ID of the holding is missing"), _("Add the business ID"),
        """SELECT p.party_id, 'holding:' || h.id, '' FROM present p JOIN members_holding h ON h.id = p.holding_id
           WHERE p.needs_holding AND p.fee_bearing AND h.y_tunnus = ''""",
        classes="C",
    ),
    Rule(
        "holding_twice", Severity.WARNING, _("The same holding may be entered twice"), _("Look at the holdings"),
        """SELECT p.party_id, 'holding:' || h.id, o.id::text FROM present p
           JOIN members_holding h ON h.id = p.holding_id
           JOIN members_holding o ON o.responsible_id = h.responsible_id AND o.id <> h.id
            AND lower(o.name) = lower(h.name) AND o.municipality = h.municipality
            AND (o.y_tunnus = '' OR h.y_tunnus = '')""",
        classes="C",
    ),
    Rule(
        "same_y_tunnus", Severity.WARNING, _("Another organisation has the same business ID"),
        _("Look at the organisations"),
        """SELECT p.party_id, '', o.y_tunnus FROM present p JOIN members_organisation o ON o.party_id = p.party_id
           WHERE o.y_tunnus <> '' AND EXISTS (SELECT 1 FROM members_organisation t
             WHERE t.y_tunnus = o.y_tunnus AND t.y_tunnus <> '' AND t.party_id <> o.party_id)""",
    ),
    Rule(
        "bounced", Severity.WARNING, _("Mail to the e-mail address came back"), _("Correct the e-mail address"),
        """SELECT p.party_id, '', c.key || c.bounced_on::text FROM people p
            JOIN members_contactpoint c ON c.party_id = p.party_id AND c.valid_to IS NULL AND c.kind = 'email'
            WHERE c.bounced_on IS NOT NULL""",
        classes="B", hides_protected=True,
    ),
    Rule(
        "no_municipality", Severity.WARNING, _("The home municipality is missing"), _("Add the home municipality"),
        """SELECT p.party_id, '', '' FROM people p JOIN members_party q ON q.id = p.party_id
            WHERE q.kind = 'person' AND q.home_municipality = ''""",
        hides_protected=True,
    ),
    Rule(
        "birth_date", Severity.WARNING, _("The date of birth cannot be right"), _("Correct the date of birth"),
        """SELECT p.party_id, '', n.birth_date::text FROM people p JOIN members_person n ON n.party_id = p.party_id
            WHERE n.birth_date > %(today)s OR n.birth_date < (%(today)s::date - interval '110 years')""",
        classes="C",
    ),
    Rule(
        "no_guardian", Severity.WARNING, _("A minor without a guardian"), _("Add the guardian"),
        """SELECT p.party_id, '', '' FROM people p JOIN members_person n ON n.party_id = p.party_id
            WHERE n.birth_date > (%(today)s::date - interval '18 years') AND n.birth_date <= %(today)s
              AND NOT EXISTS (SELECT 1 FROM members_partylink l WHERE l.valid_to IS NULL
                AND ((l.party_id = p.party_id AND l.kind = 'guardian') OR (l.other_id = p.party_id AND l.kind = 'child')))""",
        classes="C",
    ),
    Rule(
        "uncovered_family", Severity.WARNING, _("A family member whom nobody's fee covers"),
        _("Look at the household"),
        """SELECT p.party_id, '', p.unit_id::text FROM present p
            WHERE p.federation_code = 'family_member' AND NOT EXISTS (
              SELECT 1 FROM members_membership o JOIN members_membershiptype t ON t.id = o.type_id
              WHERE o.unit_id = p.unit_id AND o.party_id <> p.party_id AND o.state IN ('active', 'lapsed')
                AND t.covers_family AND t.fee_bearing AND (o.holding_id = p.holding_id OR EXISTS (
                  SELECT 1 FROM members_partylink l WHERE (l.valid_to IS NULL OR l.valid_to >= %(today)s)
                    AND ((l.kind = 'spouse' AND (l.party_id, l.other_id) IN ((p.party_id, o.party_id), (o.party_id, p.party_id)))
                      OR (l.kind = 'child' AND l.party_id = o.party_id AND l.other_id = p.party_id)
                      OR (l.kind = 'payer' AND l.party_id = p.party_id AND l.other_id = o.party_id)))))""",
        classes="C",
    ),
    Rule(
        "no_voter", Severity.INFO, _("Nobody has been chosen to use the organisation's vote"),
        _("Choose who uses the vote"),
        """SELECT p.party_id, '', '' FROM present p JOIN members_party q ON q.id = p.party_id
            WHERE q.kind = 'organisation' AND p.voting AND NOT EXISTS (SELECT 1 FROM members_partylink l
              WHERE l.party_id = p.party_id AND l.kind = 'voter' AND (l.valid_to IS NULL OR l.valid_to >= %(today)s))""",
        classes="C",
    ),
    Rule(
        "postal_code", Severity.INFO, _("The post office does not match the postal code"), _("Check the address"),
        """SELECT p.party_id, '', c.postal_code || c.city FROM people p
            JOIN members_contactpoint c ON c.party_id = p.party_id AND c.valid_to IS NULL AND c.kind = 'address'
            WHERE c.country = 'FI' AND NOT EXISTS (SELECT 1 FROM unnest(%(codes)s::text[], %(offices)s::text[]) k (code, office)
              WHERE k.code = c.postal_code AND k.office = c.city)""",
        classes="B", hides_protected=True,
    ),
)  # fmt: skip
BY_CODE = {rule.code: rule for rule in RULES}
