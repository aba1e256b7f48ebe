"""A bulk transfer leaves alone whom the other branch could not be billed for (F-086a, S0.22)."""

import pytest

from tests import factories as make
from tests.clients.bulking import checked, commit, told

pytestmark = pytest.mark.django_db


def test_a_plan_without_a_price_there_is_said_and_skipped(billed, super_admin, branch, firm):
    zurich = make.BranchFactory(firm=firm, name="Zürich", currency="CHF")
    acme = billed("2027-05-01", name="Acme")
    bolt = make.ConnectionFactory(branch=branch, name="Bolt", client_pays=True)

    run = checked(super_admin, firm, "transfer", [acme.pk, bolt.pk], branch=zurich.pk, reason="")
    before = told(run)
    commit(run, super_admin)

    says = "The plan Solo has no price in CHF, the currency of Zürich."
    assert before == [
        ("Acme", "skipped", says),
        ("Bolt", "will_change", "London → Zürich"),
    ]
    acme.refresh_from_db()
    bolt.refresh_from_db()
    assert (acme.branch, bolt.branch) == (branch, zurich)
