"""What of the register goes with a party when two entries of the same member are joined, and what stays (`members.moving`)."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from members.models import Erasure, Merge
from members.moving import dependence, follows, stays, twin

_OPEN = "s.valid_to IS NULL AND t.valid_to IS NULL"


def _link(mine: str, others: str) -> str:
    """A link between the two ends with them, and one that the survivor has as well is not doubled. A spouse is stored once, in
    either direction, so the survivor's own row may have the two the other way round."""
    turned = f't.kind = \'spouse\' AND s."{mine}" = t."{others}" AND s.kind = t.kind AND {_OPEN}'
    same = twin("members_partylink", mine, others, "kind", among=_OPEN)
    return f't."{others}" = %(survivor)s OR {same} OR {twin("members_partylink", others, among=turned)}'


def register_own() -> None:
    """Called when the app is ready."""
    _memberships()
    _people()
    _posts()
    _said()
    _community()
    # The entry itself and its own names stay, so that an old number and an issued invoice still tell whom they meant.
    stays("members_person", "party_id")
    stays("members_organisation", "party_id")
    stays("members_merge", "merged_id")
    stays("members_erasure", "party_id")
    stays("members_erasureitem", "party_id")
    dependence(erased_since)
    # What is to be put right is found anew for both, as for everybody whose data has changed.
    stays("members_qualityissue", "party_id")
    stays("members_qualitydismissal", "party_id")
    # Pairs are written anew, because their two sides stand in the order of their keys (`merge_rows.pairs`).
    stays("members_duplicatepair", "one_id")
    stays("members_duplicatepair", "other_id")


def erased_since(merge: Merge) -> Iterator[str]:
    """What was erased of the joined entry cannot be shared out again."""
    if Erasure.objects.filter(party__in=[merge.survivor_id, merge.merged_id]).exists():
        yield _("The member's data has been erased. There is nothing to part any more.")


def _memberships() -> None:
    follows(
        "members_contactpoint",
        "party_id",
        noun=ngettext_lazy("%(n)s contact detail", "%(n)s contact details", "n"),
        classes="B",
        rank=17,
    )
    follows(
        "members_membership",
        "party_id",
        noun=ngettext_lazy("%(n)s membership", "%(n)s memberships", "n"),
        classes="A",
        rank=18,
    )
    follows(
        "members_membership",
        "payer_id",
        noun=ngettext_lazy("%(n)s membership paid for another", "%(n)s memberships paid for others", "n"),
        classes="D",
        only="t.party_id NOT IN (%(survivor)s, %(merged)s)",
        rank=18,
    )
    follows(
        "members_formernumber",
        "party_id",
        noun=ngettext_lazy("%(n)s old member number", "%(n)s old member numbers", "n"),
        classes="A",
        vanishes=twin("members_formernumber", "party_id", "unit_id", "number"),
    )
    follows(
        "members_party",
        "merged_into_id",
        noun=ngettext_lazy("%(n)s entry joined earlier", "%(n)s entries joined earlier", "n"),
        classes="A",
    )
    follows(
        "members_merge",
        "survivor_id",
        noun=None,
        classes="A",
    )
    follows(
        "members_importrow",
        "party_id",
        noun=ngettext_lazy("%(n)s row of an import", "%(n)s rows of imports", "n"),
        classes="A",
    )


def _people() -> None:
    follows(
        "members_holding",
        "responsible_id",
        noun=ngettext_lazy(
            "%(n)s holding with its areas, as the responsible member",
            "%(n)s holdings with their areas, as the responsible member",
            "n",
        ),
        classes="C",
        rank=20,
    )
    follows(
        "members_holdingmember",
        "party_id",
        noun=ngettext_lazy("%(n)s place on a holding", "%(n)s places on holdings", "n"),
        classes="C",
        vanishes=twin("members_holdingmember", "party_id", "holding_id", among=_OPEN),
        rank=21,
    )
    follows(
        "members_joinedareas",
        "payer_id",
        noun=ngettext_lazy("%(n)s joining of areas", "%(n)s joinings of areas", "n"),
        classes="C",
    )
    links = ngettext_lazy("%(n)s link to family or others", "%(n)s links to family or others", "n")
    follows(
        "members_partylink",
        "party_id",
        noun=links,
        classes="C",
        vanishes=_link("party_id", "other_id"),
        rank=22,
    )
    follows(
        "members_partylink",
        "other_id",
        noun=links,
        classes="C",
        vanishes=_link("other_id", "party_id"),
        rank=22,
    )


def _posts() -> None:
    follows(
        "members_mandate",
        "party_id",
        noun=ngettext_lazy("%(n)s post", "%(n)s posts", "n"),
        classes="A",
        rank=19,
    )
    follows(
        "members_partylogin",
        "party_id",
        noun=ngettext_lazy("%(n)s login", "%(n)s logins", "n"),
        classes="B",
        key="user_id",
    )
    follows(
        "members_training",
        "party_id",
        noun=ngettext_lazy("%(n)s training", "%(n)s trainings", "n"),
        classes="A",
    )
    follows(
        "members_emailchange",
        "party_id",
        noun=ngettext_lazy("%(n)s change of an address", "%(n)s changes of an address", "n"),
        classes="B",
        vanishes=twin(
            "members_emailchange", "party_id", "use", among="s.state = 'waiting' AND t.state = 'waiting'"
        ),
    )


def _community() -> None:
    follows(
        "members_partyterm",
        "party_id",
        noun=ngettext_lazy("%(n)s skill or interest", "%(n)s skills or interests", "n"),
        classes="B",
        vanishes=twin("members_partyterm", "party_id", "term_id", among=_OPEN),
    )
    follows(
        "members_groupmember",
        "party_id",
        noun=ngettext_lazy("%(n)s place in a group", "%(n)s places in groups", "n"),
        classes="B",
        vanishes=twin("members_groupmember", "party_id", "group_id", among=_OPEN),
    )
    follows(
        "members_communitygroup",
        "leader_id",
        noun=ngettext_lazy("%(n)s group led", "%(n)s groups led", "n"),
        classes="A",
    )


def _said() -> None:
    """Requests, marks (of which one ends where both have it, see `merge_marks`) and consents."""
    follows(
        "members_datarequest",
        "party_id",
        noun=ngettext_lazy("%(n)s request about the data", "%(n)s requests about the data", "n"),
        classes="A",
        vanishes=twin(
            "members_datarequest",
            "party_id",
            "kind",
            among="s.state = 'open' AND t.state = 'open' AND t.kind <> 'correction'",
        ),
    )
    follows(
        "members_datamark",
        "party_id",
        noun=ngettext_lazy("%(n)s mark on the use of the data", "%(n)s marks on the use of the data", "n"),
        classes="A",
    )
    follows(
        "members_consentevent",
        "party_id",
        noun=ngettext_lazy("%(n)s consent or objection", "%(n)s consents and objections", "n"),
        classes="B",
    )
