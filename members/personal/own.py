"""Whose the rows are in the register, in logins, in the logs and in the jobs (`members.personal.registry`)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jasenpalvelu.accounts import privacy as accounts_map
from jasenpalvelu.audit import privacy as audit_map
from jasenpalvelu.jobs import privacy as jobs_map
from members import privacy as members_map
from members.personal.keeping import vouchers_until
from members.personal.registry import free, maps, rows

_PARTY = "t.party_id = ANY(%(parties)s)"
_USER = "t.user_id = ANY(%(users)s)"
_MEMBERSHIPS = "(SELECT m.id FROM members_membership m WHERE m.party_id = ANY(%(parties)s))"
_HOLDINGS = (
    "(SELECT h.id FROM members_holding h WHERE h.responsible_id = ANY(%(parties)s) UNION"
    " SELECT b.holding_id FROM members_holdingmember b WHERE b.party_id = ANY(%(parties)s) UNION"
    " SELECT m.holding_id FROM members_membership m WHERE m.party_id = ANY(%(parties)s) AND m.holding_id IS NOT NULL)"
)
# What was charged from a holding last: the register does not know invoices, its memberships tell the last year of a fee.
_LAST_FEE = (
    f"(SELECT max({vouchers_until('coalesce(m.ended_on, current_date)', 'm.unit_id')})"  # noqa: S608
    " FROM members_membership m WHERE m.holding_id = {holding})"
)
_OTHERS = (
    "EXISTS (SELECT 1 FROM members_holdingmember b WHERE b.holding_id = {holding} AND b.valid_to IS NULL"
    " AND NOT b.party_id = ANY(%(parties)s)) OR EXISTS (SELECT 1 FROM members_membership m WHERE m.holding_id = {holding}"
    " AND NOT m.party_id = ANY(%(parties)s) AND m.state IN ('applied', 'active', 'lapsed'))"
)
# A choice is proved for three years after it was changed or the membership ended (728/2003, section 4). Of somebody who never
# became a member nothing has to be proved.
_PROOF = (
    "(SELECT (greatest(max(x.at)::date, max(m.ended_on)) + interval '3 years')::date FROM members_membership m"
    " JOIN members_consentevent x ON x.party_id = t.party_id AND x.unit_id = t.unit_id AND x.purpose_id = t.purpose_id"
    " AND x.channel = t.channel WHERE m.party_id = ANY(%(parties)s) AND m.unit_id = t.unit_id AND m.started_on IS NOT NULL)"
)
# An unmasking has a reason always; what it was is gone.
_LOOKS = {"reason": "CASE WHEN t.action = 'unmask' THEN '–' ELSE '' END", "subject": "''"}
_KNOWN = "t.unit_id = ANY(%(units)s)"
# What stands in the place of a name that has been erased.
GONE = "'–'"


def register_own() -> None:
    """Called when the app is ready."""
    for module in (members_map, accounts_map, audit_map, jobs_map):
        maps(module.TABLES)
    _person()
    _memberships()
    _household()
    _posts()
    _logins()
    _privacy()
    _logs()
    _free_texts()


def _person() -> None:
    rows(
        "members_party", "person", _("Entry in the register"), "t.id = ANY(%(parties)s)", hold="membership",
        identifying={"display_name": GONE, "sort_key": "''", "home_municipality": "''"}, order=10,
    )  # fmt: skip
    rows(
        "members_person", "person", _("Name of the person"), _PARTY, hold="membership", key="party_id",
        identifying={"first_names": GONE, "last_name": "''"}, order=20,
    )  # fmt: skip
    rows(
        "members_organisation", "person", _("The organisation"), _PARTY, hold="membership", key="party_id",
        identifying={"name": GONE, "y_tunnus": "''"}, order=30,
    )  # fmt: skip
    rows("members_formernumber", "person", _("Numbers in earlier registers"), _PARTY, order=40)
    rows(
        "members_merge", "person", _("Entries that have been joined"),
        "t.survivor_id = ANY(%(parties)s) OR t.merged_id = ANY(%(parties)s)", hold="evidence", order=50,
        emptied={"record": """'{"gone": [], "changed": [], "moved": []}'"""},
    )  # fmt: skip
    rows(
        "members_duplicatepair", "person", _("Entries that may be the same"),
        "t.one_id = ANY(%(parties)s) OR t.other_id = ANY(%(parties)s)", order=60,
    )  # fmt: skip
    rows("members_contactpoint", "contacts", _("Addresses, e-mail and telephone"), _PARTY, order=10)
    rows("members_emailchange", "contacts", _("Changes of an e-mail address"), _PARTY, order=20)


def _memberships() -> None:
    rows("members_membership", "memberships", _("Memberships"), _PARTY, hold="membership", named=frozenset({"payer_id"}), order=10)  # fmt: skip
    rows(
        "members_membershipevent", "memberships", _("What has happened to the memberships"),
        f"t.membership_id IN {_MEMBERSHIPS}", hold="membership", order=20,
        # What the type was before belongs to the story, not to the person.
        emptied={"reason": "''", "data": "t.data - 'guardian' - 'holding'"},
    )  # fmt: skip
    rows("members_resignation", "memberships", _("Notices of resignation"), f"t.membership_id IN {_MEMBERSHIPS}", hold="minutes", order=30)  # fmt: skip
    rows("members_expulsion", "memberships", _("Matters of expulsion"), f"t.membership_id IN {_MEMBERSHIPS}", hold="minutes", order=40)  # fmt: skip
    rows("members_meetingitem", "memberships", _("In the minutes of meetings"), f"t.membership_id IN {_MEMBERSHIPS}", hold="minutes", order=50)  # fmt: skip
    rows(
        "members_importrow", "memberships", _("Rows of imported lists"), _PARTY, order=55,
        emptied={
            "raw": "'{}'", "key": "''", "parsed": "'{}'", "problems": "'[]'", "diff": "'{}'", "candidates": "'[]'", "undo": "'{}'",
        },
    )  # fmt: skip
    rows("members_joinrequest", "memberships", _("Join forms sent"), f"t.membership_id IN {_MEMBERSHIPS}", order=60)  # fmt: skip
    rows("members_qualityissue", "memberships", _("Found to be put right"), _PARTY, order=70)
    rows("members_qualitydismissal", "memberships", _("Said to be right as it is"), _PARTY, order=80)


def _household() -> None:
    rows(
        "members_partylink", "household", _("Family and other links"),
        "t.party_id = ANY(%(parties)s) OR t.other_id = ANY(%(parties)s)",
        named=frozenset({"party_id", "other_id"}), order=10,
    )  # fmt: skip
    rows(
        "members_holding", "household", _("Holdings"), f"t.id IN {_HOLDINGS}", hold="books",
        until=_LAST_FEE.format(holding="t.id"), shared=_OTHERS.format(holding="t.id"), order=20,
        identifying={"name": GONE, "y_tunnus": "''", "municipality": "''"},
    )  # fmt: skip
    rows("members_holdingmember", "household", _("Places on holdings"), _PARTY, order=30)
    rows(
        "members_joinedareas", "household", _("Areas counted together with a spouse's"),
        "t.payer_id = ANY(%(parties)s) OR EXISTS (SELECT 1 FROM members_holding h"
        " WHERE h.id IN (t.holding_id, t.other_id) AND h.responsible_id = ANY(%(parties)s))", order=35,
    )  # fmt: skip
    rows(
        "members_feebasisvalue", "household", _("Fee bases of the holdings"), f"t.holding_id IN {_HOLDINGS}",
        hold="books", until=_LAST_FEE.format(holding="t.holding_id"), shared=_OTHERS.format(holding="t.holding_id"),
        identifying={"confirmed_by": "''"}, order=40,
    )  # fmt: skip


def _posts() -> None:
    rows("members_mandate", "posts", _("Posts"), _PARTY, hold="evidence", order=10)
    rows("members_training", "posts", _("Trainings"), _PARTY, hold="evidence", order=20)


def _logins() -> None:
    rows("members_partylogin", "posts", _("Which login is yours"), f"{_PARTY} OR {_USER}", key="user_id", order=30)  # fmt: skip
    rows(
        "accounts_user", "posts", pgettext_lazy("of a person", "Login"), "t.id = ANY(%(users)s)", order=40,
        emptied={
            "email": "'erased-' || t.id || '@invalid'", "full_name": GONE, "language": "''", "last_login": "NULL",
            "password": "'!'", "is_active": "false",
        },
    )  # fmt: skip
    rows("account_emailaddress", "posts", _("Addresses of the login"), _USER, order=50)
    rows(
        "account_emailconfirmation", "posts", _("Confirmations of addresses"),
        "t.email_address_id IN (SELECT a.id FROM account_emailaddress a WHERE a.user_id = ANY(%(users)s))", order=60,
    )  # fmt: skip
    rows("mfa_authenticator", "posts", _("Second steps of the login"), _USER, order=70)
    rows(
        "django_session", "posts", _("Sessions of the login"),
        "t.session_key IN (SELECT s.session_key FROM usersessions_usersession s WHERE s.user_id = ANY(%(users)s))",
        key="session_key", order=75,
    )  # fmt: skip
    rows("usersessions_usersession", "posts", _("Devices that are logged in"), _USER, order=80)
    rows("members_partyterm", "posts", _("Skills, interests and posts you would take"), _PARTY, order=84)
    rows("members_groupmember", "posts", _("Groups you have joined"), _PARTY, order=86)
    rows(
        "members_communitygroup", "posts", _("Groups you lead"), "t.leader_id = ANY(%(parties)s)", order=88,
        emptied={"leader_id": "NULL"},
    )  # fmt: skip
    rows("members_savedview", "posts", _("Views of lists you have kept"), _USER, order=90)
    rows(
        "django_admin_log",
        "posts",
        _("What you did on the maintenance site"),
        _USER,
        hold="evidence",
        order=95,
    )


def _privacy() -> None:
    rows(
        "members_consentevent", "privacy", _("What you have allowed and forbidden"), _PARTY, hold="consents",
        until=_PROOF, expires=True, order=5,
    )  # fmt: skip
    rows("members_datamark", "privacy", _("Marks on the use of your data"), _PARTY, hold="evidence", order=8)
    rows("members_datarequest", "privacy", _("Requests about the data"), _PARTY, hold="evidence", order=10)
    rows("members_erasure", "privacy", _("Erasures"), _PARTY, hold="evidence", order=20)
    rows("members_erasureitem", "privacy", _("Proposals to erase because the time ran out"), _PARTY, hold="evidence", order=30)  # fmt: skip


def _logs() -> None:
    rows(
        "audit_mutation", "changes", _("Acts that changed your data"),
        "t.id IN (SELECT c.mutation_id FROM audit_change c WHERE c.party_id = ANY(%(parties)s))", hold="evidence", order=10,
    )  # fmt: skip
    rows(
        "audit_change", "changes", _("What was changed"), "t.party_id = ANY(%(parties)s)", hold="evidence", order=20,
    )  # fmt: skip
    rows(
        "audit_accesslog", "looks", _("Who has looked at your data"), _PARTY, hold="evidence", order=10, emptied=_LOOKS,
    )  # fmt: skip


def _free_texts() -> None:
    """Read only where the person is known (`only`): a search through the whole database would take a second for each of them."""
    free(
        "members_boardmeeting", "chair secretary present", _("Chairs, secretaries and those present at meetings"),
        hold="minutes", only=_KNOWN,
    )  # fmt: skip
    free("members_segment", "name", _("Names of segments"), emptied={"name": GONE}, only=_KNOWN)
    free(
        "members_orgchangemove", "before", _("Records of changes of units"), emptied={"before": "'{}'"}, by_name=False,
        only="t.change_id IN (SELECT c.id FROM members_orgchange c WHERE c.sources && %(units)s::bigint[]"
        " OR c.target_id = ANY(%(units)s) OR c.made_id = ANY(%(units)s))",
    )  # fmt: skip
    # A row that became somebody is found by its key; the others go with the import, 90 days after it.
    free(
        "members_importrow", "raw key parsed problems diff candidates undo", _("Rows of imported lists"),
        only=f"t.party_id IS NULL AND t.batch_id IN (SELECT t.id FROM members_importbatch t WHERE {_KNOWN})",  # noqa: S608
        emptied={
            "raw": "'{}'", "key": "''", "parsed": "'{}'", "problems": "'[]'", "diff": "'{}'",
            "candidates": "'[]'", "undo": "'{}'",
        },
    )  # fmt: skip
    free("members_joinrequest", "data", _("Join forms sent"), deleted=True, by_name=False)
    free(
        "jobs_job", "title detail params cursor attention message facts timeline log result_name", _("Background work"),
        only=f"t.finished_at IS NOT NULL AND (t.unit_id IS NULL OR {_KNOWN} OR t.owner_id = ANY(%(users)s))",
        emptied={
            "title": GONE, "detail": "''", "params": "'{}'", "cursor": "'{}'", "attention": "'[]'", "message": "''",
            "facts": "'{}'", "timeline": "'[]'", "log": "''", "result_name": "''",
        },
    )  # fmt: skip
    free(
        "audit_accesslog", "reason subject", _("Who has looked, and why"),
        # Lines about the person have a key; people are told of in words in the reason for an unmasking, and where no key stands.
        only="(t.action = 'unmask' OR t.party_id IS NULL) AND (t.reason <> '' OR t.subject <> '')"
        f" AND (t.unit_id IS NULL OR {_KNOWN})",
        emptied=_LOOKS,
    )  # fmt: skip
    free(
        "django_admin_log", "object_repr change_message", _("The maintenance site"),
        emptied={"object_repr": GONE, "change_message": "''"},
    )  # fmt: skip
