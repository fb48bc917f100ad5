"""What the database keeps beside a membership of its party, whoever writes: the key by which members are listed."""

from __future__ import annotations

import pgtrigger


def listed_as_party() -> list[pgtrigger.Trigger]:
    """Of memberships: `sort_key` is the party's, from the first."""
    return [
        pgtrigger.Trigger(
            name="listed_as_party",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.UpdateOf("party_id"),
            func="SELECT p.sort_key INTO NEW.sort_key FROM members_party p WHERE p.id = NEW.party_id; RETURN NEW;",
        )
    ]


def lists_memberships() -> list[pgtrigger.Trigger]:
    """Of parties: a new name moves the memberships in their lists."""
    return [
        pgtrigger.Trigger(
            name="lists_memberships",
            when=pgtrigger.After,
            operation=pgtrigger.UpdateOf("sort_key"),
            condition=pgtrigger.Condition("OLD.sort_key IS DISTINCT FROM NEW.sort_key"),
            func="UPDATE members_membership SET sort_key = NEW.sort_key WHERE party_id = NEW.id; RETURN NULL;",
        )
    ]
