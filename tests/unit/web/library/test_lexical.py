import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.library.lexical import (
    MAX_PAIRS,
    MAX_POSTINGS,
    MAX_QUERY_CHARS,
    MAX_WORDS,
    MIN_TERMS,
    Term,
    attainable,
    choose,
    is_cjk,
    match_expression,
    prepare,
    query_terms,
)


def pairs(*texts: str) -> list[Term]:
    return [Term(text, pair=True) for text in texts]


def test_cjk_runs_become_pairs_and_the_rest_stays() -> None:
    assert prepare("온돌은 warm 방").split() == ["온돌", "돌은", "warm", "방"]
    assert prepare("GPT4는").split() == ["GPT4", "는"]
    assert prepare("東京タワー").split() == ["東京", "京タ", "タワ", "ワー"]


def test_text_and_query_meet_whatever_form_they_were_typed_in() -> None:
    decomposed = unicodedata.normalize("NFD", "온돌")
    assert prepare(decomposed).split() == ["온돌"]
    assert query_terms(decomposed) == pairs("온돌")


@given(st.text(alphabet="온돌은바닥 한국어ab漢字かな", max_size=40))
def test_every_pair_of_a_query_is_a_word_of_the_same_text(text: str) -> None:
    words = set(prepare(text).casefold().split())
    assert {term.text for term in query_terms(text) if term.pair} <= words


def test_function_words_count_only_where_there_is_nothing_else() -> None:
    assert query_terms("What is the lease?") == [Term("lease", pair=False)]
    assert [t.text for t in query_terms("to be or not to be")] == ["to", "be", "or", "not"]


def test_a_term_is_asked_once_and_a_long_query_is_cut() -> None:
    assert query_terms("pump Pump PUMP") == [Term("pump", pair=False)]
    assert len(query_terms("a" * MAX_QUERY_CHARS + " tail")) == 1


def test_only_the_rarest_pairs_that_occur_are_asked() -> None:
    terms = query_terms("".join(chr(0xAC00 + n) for n in range(30)))
    counts = {term.text: 100 - n for n, term in enumerate(terms) if n % 2}
    chosen = choose(terms, counts)
    assert len(chosen) == MAX_PAIRS
    assert max(counts[t.text] for t in chosen) < min(c for t, c in counts.items() if t not in {x.text for x in chosen})
    words = [Term(f"w{n}", pair=False) for n in range(99)]
    assert len(choose(words, {term.text: 1 for term in words})) == MAX_WORDS


def test_frequent_terms_are_left_out_where_rarer_ones_do() -> None:
    terms = [Term(text, pair=False) for text in ("common", "rare", "odd", "middling")]
    counts = {"common": MAX_POSTINGS, "rare": 1, "odd": 2, "middling": 900}
    assert [t.text for t in choose(terms, counts)] == ["rare", "odd", "middling"]
    assert [t.text for t in choose(terms, {**counts, "common": 50})] == ["rare", "odd", "common", "middling"]
    assert len(choose(terms, dict.fromkeys(counts, MAX_POSTINGS))) == MIN_TERMS


def test_a_texts_script_is_told_by_its_letters() -> None:
    assert is_cjk("온돌은 바닥을 데운다")
    assert is_cjk("Debian GNU/Linux 설치 안내서")
    assert is_cjk("東京タワー")
    assert not is_cjk("The word 온돌 means a warm floor")
    assert not is_cjk("1234 !?")


def test_what_a_text_with_all_terms_would_have() -> None:
    terms = [Term("rare", pair=False), Term("common", pair=False), Term("nowhere", pair=False)]
    counts = {"rare": 1, "common": 90}
    expected = math.log(99.5 / 1.5) + math.log(100.5 / 0.5)  # the common one tells nothing
    assert attainable(terms, counts, 100) == pytest.approx(expected)
    assert attainable(terms, {"rare": 7}, 0) >= 0


def test_nothing_of_a_query_is_syntax() -> None:
    assert match_expression([Term('a"b', pair=False), Term("NEAR", pair=False)]) == '"a""b" OR "NEAR"'
