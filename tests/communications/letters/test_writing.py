"""Writing: one part at a time, by several people at once, and nothing of anybody lost."""

import pytest

from communications.letters import blocks
from communications.models import Mailing, MailingState
from communications.services import writing
from communications.services.writing import WritingError
from tests.cast import Cast
from tests.communications.letters import scene


@pytest.fixture
def mailing(cast: Cast) -> Mailing:
    return scene.draft(cast)


def parts(mailing: Mailing, language: str = "fi") -> list[dict[str, str]]:
    return list(mailing.versions.get(language=language).blocks)


def test_two_write_different_parts(cast: Cast, mailing: Mailing) -> None:
    one, other = parts(mailing)
    for name, block in (("aino", one), ("riitta", other)):
        typed = block | {"text": f"{name} kirjoitti"}
        writing.save_block(
            actor=cast.users[name], mailing=mailing, language="fi", block=typed, seen=blocks.digest(block)
        )
    assert [block["text"] for block in parts(mailing)] == ["aino kirjoitti", "riitta kirjoitti"]


def test_two_write_the_same_part(cast: Cast, mailing: Mailing) -> None:
    """The second is refused with what the first wrote, and nothing is written over; saved knowingly it takes its place."""
    block = parts(mailing)[0]
    seen = blocks.digest(block)
    writing.save_block(
        actor=cast.users["aino"], mailing=mailing, language="fi", block=block | {"text": "A"}, seen=seen
    )
    mine = block | {"text": "B"}
    with pytest.raises(WritingError) as error:
        writing.save_block(actor=cast.users["riitta"], mailing=mailing, language="fi", block=mine, seen=seen)
    assert (error.value.code, error.value.theirs["text"]) == ("stale", "A")
    assert parts(mailing)[0]["text"] == "A"
    again = blocks.digest(error.value.theirs)
    writing.save_block(actor=cast.users["riitta"], mailing=mailing, language="fi", block=mine, seen=again)
    assert parts(mailing)[0]["text"] == "B"


def test_the_same_saved_twice_is_no_conflict(cast: Cast, mailing: Mailing) -> None:
    block = parts(mailing)[0]
    for _turn in (1, 2):
        writing.save_block(
            actor=cast.users["aino"],
            mailing=mailing,
            language="fi",
            block=block | {"text": "A"},
            seen=blocks.digest(block),
        )
    assert parts(mailing)[0]["text"] == "A"


def test_a_part_taken_away_meanwhile_is_told(cast: Cast, mailing: Mailing) -> None:
    block = parts(mailing)[0]
    writing.remove_block(actor=cast.users["aino"], mailing=mailing, language="fi", key=block["id"])
    with pytest.raises(WritingError) as error:
        writing.save_block(actor=None, mailing=mailing, language="fi", block=block, seen=blocks.digest(block))
    assert error.value.code == "gone"


def test_moving_goes_from_where_the_part_is_now_and_stops_at_the_ends(cast: Cast, mailing: Mailing) -> None:
    scene.add(cast, mailing, "divider")
    first, second, third = (block["id"] for block in parts(mailing))
    writing.move_block(actor=None, mailing=mailing, language="fi", key=third, by=-1)
    writing.move_block(actor=None, mailing=mailing, language="fi", key=third, by=-1)
    writing.move_block(actor=None, mailing=mailing, language="fi", key=third, by=-1)
    assert [block["id"] for block in parts(mailing)] == [third, first, second]


def test_what_was_removed_comes_back_in_its_place_once(cast: Cast, mailing: Mailing) -> None:
    before = parts(mailing)
    block, at = writing.remove_block(actor=None, mailing=mailing, language="fi", key=before[0]["id"])
    for _turn in (1, 2):
        writing.put_back(actor=None, mailing=mailing, language="fi", block=block, at=at)
    assert parts(mailing) == before


def test_another_language_has_the_structure_and_no_words(cast: Cast, mailing: Mailing) -> None:
    scene.add(cast, mailing, "button", text="Lue", url="https://a.example/")
    writing.add_language(actor=None, mailing=mailing, language="sv", copy_from="fi")
    writing.add_language(actor=None, mailing=mailing, language="sv", copy_from="fi")
    copied = parts(mailing, "sv")
    assert [block["kind"] for block in copied] == ["heading", "text", "button"]
    assert [block["text"] for block in copied] == ["", "", ""]
    assert copied[2]["url"] == "https://a.example/"


def test_the_last_language_stays(cast: Cast, mailing: Mailing) -> None:
    with pytest.raises(WritingError) as error:
        writing.remove_language(actor=None, mailing=mailing, language="fi")
    assert error.value.code == "last"


def test_forty_parts_are_enough(cast: Cast, mailing: Mailing) -> None:
    for _turn in range(blocks.MOST - 2):
        writing.add_block(actor=None, mailing=mailing, language="fi", kind="divider")
    with pytest.raises(WritingError) as error:
        writing.add_block(actor=None, mailing=mailing, language="fi", kind="divider")
    assert error.value.code == "full"
    assert len(parts(mailing)) == blocks.MOST


@pytest.mark.parametrize("state", [MailingState.WAITING, MailingState.CANCELLED])
def test_only_a_draft_is_written(cast: Cast, mailing: Mailing, state: MailingState) -> None:
    from jasenpalvelu.audit.services import mutation

    with mutation(actor=None, kind="test"):
        Mailing.objects.filter(pk=mailing.pk).update(state=state)
    block = parts(mailing)[0]
    for act in (
        lambda: writing.add_block(actor=None, mailing=mailing, language="fi", kind="text"),
        lambda: writing.save_block(
            actor=None, mailing=mailing, language="fi", block=block, seen=blocks.digest(block)
        ),
        lambda: writing.remove_block(actor=None, mailing=mailing, language="fi", key=block["id"]),
        lambda: writing.change_details(actor=None, mailing=mailing, values={"title": "Toinen"}),
        lambda: writing.delete_draft(actor=None, mailing=mailing),
        lambda: writing.add_language(actor=None, mailing=mailing, language="sv"),
    ):
        with pytest.raises(WritingError) as error:
            act()
        assert error.value.code == "closed"


def test_a_letter_begins_with_a_template_or_a_copy(cast: Cast, mailing: Mailing) -> None:
    template = writing.save_template(actor=None, mailing=mailing, name="Pohja")
    with pytest.raises(WritingError):
        writing.save_template(actor=None, mailing=mailing, name="Pohja")
    values = {"title": "Uusi", "topic": mailing.topic}
    for source in (template, mailing):
        made = writing.create(actor=None, unit=mailing.unit, values=values, source=source)
        assert parts(made) == parts(mailing)
        assert made.versions.get().subject == "Pikkujoulu ja verokurssi"


def test_a_subject_is_one_line(cast: Cast, mailing: Mailing) -> None:
    scene.head(cast, mailing, "Kokous\r\nBcc: kaikki@example.fi")
    assert mailing.versions.get().subject == "Kokous Bcc: kaikki@example.fi"
