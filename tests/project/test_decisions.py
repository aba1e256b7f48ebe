"""2,200 decisions about one client: 22 actions × 10 people × 5 states × both billing models.

`decisions.csv` is written by people from the documents (features C, E and F, rulings C10, C13,
C14, C27 and C29), not recorded from the product: an address that answers otherwise is wrong, or the
table is reviewed anew. The branch's Owner and Admin work on both branches, as a transfer needs.
"""

from collections import Counter
from dataclasses import replace
from itertools import product

import pytest

from clients.roles import BillingModel, ClientRole, ConnectionStatus
from practice.models import User
from tests import factories
from tests.conftest import a_colleague
from tests.project import decisions, matrix
from tests.project.decisions import Case, World

LINES = decisions.lines()
ACTIONS = list(dict.fromkeys(line.action for line in LINES))
BUNDLES = [ACTIONS[start : start + 6] for start in range(0, len(ACTIONS), 6)]  # share a world
TRAITS = {"pending": "pending", "paused": "paused", "disconnected": "disconnected"}
CAST = ("super_admin", "billing_admin", "viewer", "branch_owner", "branch_admin", "outsider")


@pytest.fixture
def world(request, firm, branch) -> World:
    people = {name: request.getfixturevalue(name) for name in CAST}
    target = factories.BranchFactory(firm=firm, name="York")
    for name, trait in (("branch_owner", "owner"), ("branch_admin", "admin")):
        member = people[name].team_members.get()
        factories.BranchMembershipFactory(branch=target, member=member, **{trait: True})
    people["unassigned"] = a_colleague(branch, "Una London Member")
    tied = {role: a_colleague(branch, f"{role} London Member") for role in ClientRole}
    people |= {str(role.value): user for role, user in tied.items()}
    assigned, free = a_colleague(branch, "Tessa Assigned"), a_colleague(branch, "Fred Free")
    clients = {
        (state, model): a_client(branch, state, model)
        for state, model in product(ConnectionStatus, BillingModel)
    }
    for row in clients.values():
        for role, user in [*tied.items(), (ClientRole.VIEW_ONLY, assigned)]:
            factories.TeamAssignmentFactory(content_object=row, user=user, role=role)
    return World(
        firm=firm,
        target=target,
        people=people,
        browsers={name: matrix.sign_in(people[name]) for name in decisions.PERSONAS},
        clients=clients,
        assigned=member_of(assigned),
        free=member_of(free),
    )


def a_client(branch, state: ConnectionStatus, model: BillingModel):
    trait = {TRAITS[state]: True} if state in TRAITS else {"status": state}
    name = f"Acme {state.label} {model.label}"
    return factories.ConnectionFactory(branch=branch, name=name, billing_model=model, **trait)


def member_of(user: User):
    return user.team_members.get()


@pytest.mark.django_db
@pytest.mark.parametrize("actions", BUNDLES, ids=" · ".join)
def test_everybody_gets_the_reviewed_decision(world, actions):
    found = [
        deviation
        for line in LINES
        if line.action in actions
        for persona in decisions.PERSONAS
        for deviation in decisions.deviations(Case(world, line, persona))
    ]

    assert not found, "\n".join(found)


def test_the_table_holds_2200_decisions_and_each_once():
    cells = Counter((line.action, line.state, line.billing_model) for line in LINES)

    assert set(cells) == set(product(ACTIONS, ConnectionStatus, BillingModel))
    assert set(cells.values()) == {1}
    assert len(ACTIONS) == 22
    assert sum(len(line.wanted) for line in LINES) == 2200


def test_the_table_knows_three_words():
    words = {word for line in LINES for word in line.wanted.values()}

    assert words == {decisions.YES, decisions.NO, decisions.GONE}


@pytest.mark.django_db
@pytest.mark.parametrize(("persona", "wrong"), [("full", decisions.NO), ("viewer", decisions.YES)])
def test_a_product_that_decides_otherwise_is_found(world, persona, wrong):
    [line] = [
        line
        for line in LINES
        if (line.action, line.state, line.billing_model) == ("Edit Client", "active", "bill_us")
    ]
    otherwise = replace(line, wanted={**line.wanted, persona: wrong})

    found = list(decisions.deviations(Case(world, otherwise, persona)))

    where, word = f"Edit Client · active · bill_us · {persona}", line.wanted[persona]
    assert found == [
        f"{where}: POST says {word} instead of {wrong}",
        f"{where}: explain says {word} instead of {wrong}",
    ]
