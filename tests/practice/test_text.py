"""How names and addresses are compared, tidied and sorted."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.text import fold, sort_key, tidy


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mia@Harbour.Test", "mia@harbour.test"),
        ("ｍｉａ@harbour.test", "mia@harbour.test"),  # full width
        ("STRASSE", "straße"),
        ("ﬁona@fox.test", "fiona@fox.test"),  # a ligature
        ("Å", "A\u030a"),  # composed and not
        ("  Acme   Bakery ", "acme bakery"),
        ("mia\u200b@harbour.test", "mia@harbour.test"),  # zero width space
        ("mia\u202e@harbour.test", "mia@harbour.test"),  # right-to-left override
    ],
)
def test_spellings_of_one_thing_are_equal(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mıke@example.test", "mike@example.test"),  # CVE-2019-19844
        ("miа@harbour.test", "mia@harbour.test"),  # a Cyrillic а
        ("mia+1@harbour.test", "mia@harbour.test"),
    ],
)
def test_look_alikes_stay_different(one, other):
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Acme\nBakery\tLtd", "Acme Bakery Ltd"),
        ("Acme\u202eyrekaB", "AcmeyrekaB"),
        ("Acme\u0000Bakery", "Acme Bakery"),
        ("\ufeffAcme", "Acme"),
        ("مخبز النور", "مخبز النور"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian needs its joiner
        ("👩\u200d🌾 Farm", "👩\u200d🌾 Farm"),
        ("नमस्ते", "नमस्ते"),
        ("", ""),
    ],
)
def test_a_name_is_one_visible_line(typed, kept):
    assert tidy(typed) == kept


def test_names_sort_by_letter_whatever_their_accent():
    names = ["Zebra", "Ångström", "Acme", "Łódź", "éclair", "Eagle", "Alphabet"]

    assert sorted(names, key=sort_key) == [
        "Acme",
        "Alphabet",
        "Ångström",
        "Eagle",
        "éclair",
        "Zebra",
        "Łódź",
    ]


@pytest.mark.parametrize("text", ["´", "ᾳ", "ΐ\u0345", "¨ a"])
def test_folding_twice_changes_nothing_even_here(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_a_tidy_name_has_no_control_or_override(text):
    kept = tidy(text)

    assert not [c for c in kept if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set(kept) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert tidy(kept) == kept


@given(st.text())
def test_what_is_equal_sorts_alike(text):
    assert sort_key(fold(text)) == sort_key(text)
