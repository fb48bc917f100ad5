"""What has been charged for a membership entered twice is not charged again of the one that goes on."""

from __future__ import annotations

from jasenpalvelu.audit.services import mutation
from members.models import Membership
from members.services import unmerging
from tests.billing.runs import decided, flat, issued, items, make_run, previewed
from tests.cast import TODAY, Cast
from tests.members.merging.helpers import join, person, scope


def test_a_fee_charged_for_the_closed_one_is_not_charged_again(cast: Cast) -> None:
    one = person(cast, "Tuija", "Tupla")
    decided(cast.units["a"], flat("jasenmaksu", "45.00", once_per="membership"))
    issued(make_run(cast.units["a"]))
    two = person(cast, "Tuija", "Tupla")
    with mutation(actor=None, kind="test"):
        Membership.objects.filter(party=one).update(state="lapsed")
    done = join(cast, two, one)
    run = previewed(make_run(cast.units["a"]))
    assert not [name for name, item in items(run).items() if item.state == "ready"]
    unmerging.unmerge(actor=cast.users["riitta"], scope=scope(cast), merge_id=done.pk, on=TODAY)
    assert Membership.objects.get(party=two).fee_exempt_until is None
