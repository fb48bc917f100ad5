"""SQL the migrations install that is generated from the project's own tables."""

from jasenpalvelu.common.sorting import fold

# Latin letters with marks: Latin-1, Extended-A and -B, Extended Additional (Vietnamese, Sámi and all the rest).
_RANGES = [(0x00C0, 0x0250), (0x1E00, 0x1F00)]


def terms_function() -> str:
    """members_terms(text): the folded words of a text as a tsvector, the twin of members.searching.terms."""
    letters = [chr(c) for start, end in _RANGES for c in range(start, end)]
    single = [c for c in letters if len(fold(c)) == 1]
    longer = [(c, fold(c)) for c in letters if len(fold(c)) > 1]
    source = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "".join(single)
    target = "abcdefghijklmnopqrstuvwxyz" + "".join(fold(c) for c in single)
    text = "normalize(coalesce($1, ''), NFC)"
    for letter, replacement in longer:
        text = f"replace({text}, '{letter}', '{replacement}')"
    text = f"regexp_replace({text}, '[''’‘ʼ`´ʹ]', '', 'g')"
    return f"""
CREATE OR REPLACE FUNCTION members_terms(text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
  SELECT array_to_tsvector(array_remove(
    regexp_split_to_array(translate({text}, '{source}', '{target}'), '[^a-z0-9]+'), ''))
$body$;
"""
