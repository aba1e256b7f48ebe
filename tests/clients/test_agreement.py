"""`has_perm`, `explain` and the querysets agree in worlds that nobody thought of.

The short form of `manage.py soak rights`, which walks through 5,000 of them.
"""

import pytest
from hypothesis import HealthCheck, given, settings

from bench.soak_rights import compare, look_at
from bench.soak_worlds import PLANS
from clients import permissions as p
from practice.models import Firm

pytestmark = pytest.mark.django_db


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=PLANS)
def test_one_question_has_one_answer_in_every_world(plan):
    answers, found = look_at(plan)

    assert answers > 0
    assert found == []
    assert not Firm.objects.exists()


def test_a_row_that_is_listed_rightly_is_no_disagreement(super_admin, connection):
    assert list(compare(super_admin, p.VIEW_CLIENT, connection, True)) == []


def test_a_row_that_is_listed_by_mistake_is_found(unassigned_member, connection):
    [words] = compare(unassigned_member, p.VIEW_CLIENT, connection, True)

    assert words.endswith("explain False, has_perm False, listed True")
