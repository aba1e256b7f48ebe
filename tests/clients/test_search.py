"""Finding clients by text and by tags: what is found, what is never found."""

import pytest
from django.db import connection as database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.models import Connection
from clients.search import find_connections, search_text, tagged_connections
from practice.models import Firm
from tests import factories

pytestmark = pytest.mark.django_db
MOST = 100


@pytest.mark.parametrize(
    "needle",
    [
        "acme",
        "ACME",
        "ａｃｍｅ",
        "cme bak",
        "1010",
        "cara",
        "cara@",
        "seasonal",
        "Straße",
        "STRASSE",
        "مخبز",
        "東京",
        "100%",
        "under_score",
        "back\\slash",
    ],
)
def test_a_client_is_found_by_any_of_its_words(firm, branch, as_firm, needle):
    words = (
        "Acme Bakery Straße مخبز 東京 100% under_score back\\slash",
        "1010",
        "Cara",
        "cara@acme.test",
        "Seasonal",
    )
    row = factories.ConnectionFactory(branch=branch, search_text=search_text(*words))
    factories.ConnectionFactory(branch=branch, name="Delta Design")

    with as_firm(firm):
        assert find_connections(needle, MOST) == [row.pk]


@pytest.mark.parametrize("needle", ["%", "_", "a_me", "ac%ry", "\\", "nonsense"])
def test_signs_stand_for_themselves(firm, connection, as_firm, needle):
    with as_firm(firm):
        assert find_connections(needle, MOST) == []


def test_another_firms_clients_are_not_found(outsider, connection, as_firm, firm):
    with as_firm(Firm.objects.get(slug="southgate")):
        theirs = find_connections("acme", MOST)
    with as_firm(firm):
        ours = find_connections("smith, jane", MOST)

    assert (theirs, ours) == ([], [])


def test_without_a_firm_nothing_is_found(connection, as_nobody):
    system = find_connections("acme", MOST)
    with as_nobody():
        nobody = find_connections("acme", MOST)

    assert (system, nobody) == ([], [])


def test_no_more_ids_come_than_were_asked_for(firm, branch, as_firm):
    factories.ConnectionFactory.create_batch(3, branch=branch)

    with as_firm(firm):
        assert len(find_connections("company", 2)) == 2


@pytest.mark.parametrize("is_analyzed", [False, True])
def test_more_tagged_clients_than_were_asked_for_are_none(firm, branch, as_firm, is_analyzed):
    factories.ConnectionFactory.create_batch(30, branch=branch, tag_ids=[7])
    if is_analyzed:
        with database.cursor() as cursor:
            cursor.execute("ANALYZE clients_connection")

    with as_firm(firm):
        found = [tagged_connections([7], most) for most in (2, 29, 30)]

    assert [ids and len(ids) for ids in found] == [None, None, 30]


def test_clients_are_found_by_any_of_the_tags(firm, branch, as_firm, outsider):
    rows = [
        factories.ConnectionFactory(branch=branch, tag_ids=tag_ids)
        for tag_ids in ([1], [1, 2], [3])
    ]
    other = factories.BranchFactory(firm=Firm.objects.get(slug="southgate"))
    factories.ConnectionFactory(branch=other, tag_ids=[1])

    with as_firm(firm):
        found = [set(tagged_connections(tags, MOST)) for tags in ([1], [2, 3], [4], [])]

    assert found == [{rows[0].pk, rows[1].pk}, {rows[1].pk, rows[2].pk}, set(), set()]


def test_the_search_functions_answer_the_firm_of_the_context_alone(connection, outsider, as_firm):
    """They run as the owner of the tables: the firm may not be an argument. A trigger has none."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT proname, pg_get_function_identity_arguments(p.oid) FROM pg_proc p"
            " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'app' AND prosecdef"
            " AND NOT proname LIKE 'audit_%%'"
        )
        functions = dict(cursor.fetchall())

    assert functions == {
        "keep_super_admin": "",
        "find_connections": "needles text[], most integer",
        "tagged_connections": "tags bigint[], most integer",
        "make_usage_months": "at timestamp with time zone",
        "forget_contact": "forgotten bigint, places bigint[], called text, address text",
    }


@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_may_be_searched_for(firm, connection, as_firm, text):
    with as_firm(firm):
        found = find_connections(text, MOST)
        by_hand = list(
            Connection.objects.filter(search_text__contains=search_text(text)).values_list(
                "pk", flat=True
            )
        )

    assert found == by_hand
