"""What the database keeps true of a party's rows, whoever writes: the key by which members are listed, and that nothing new is
written to an entry that has been joined to another one."""

from __future__ import annotations

import pgtrigger

from jasenpalvelu.audit.triggers import added


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


_REFUSE_MERGED = """
PERFORM 1 FROM members_party p WHERE p.id IN ({parties}) ORDER BY p.id FOR KEY SHARE;
IF EXISTS (SELECT 1 FROM members_party p WHERE p.id IN ({parties}) AND p.merged_into_id IS NOT NULL) THEN
  RAISE EXCEPTION 'A row of % belongs to a member who has been joined to another', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END IF;
RETURN NULL;
"""


def refuses_merged(*columns: str) -> list[pgtrigger.Trigger]:
    """Of rows that belong to a party: none is added to one that has been joined to another.

    It holds the parties first, as their foreign keys do later, at the commit: so it waits for a joining that is under way, and
    sees what came of it.
    """
    parties = " UNION ".join(f"SELECT n.{column} FROM new_rows n" for column in columns)  # noqa: S608 -- own columns
    return added("refuses_merged", _REFUSE_MERGED.format(parties=parties))
