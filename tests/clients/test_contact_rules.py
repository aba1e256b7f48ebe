"""What a contact may do: contact permission ∩ client access level (C10, C11, C12, design 3)."""

from itertools import product

import pytest

from clients import contact_rules as c
from clients.contact_rules import ContactAction, ContactFacts, explain_contact
from clients.models import ContactAccess
from clients.roles import AccessLevel, ConnectionStatus, PortalFeature
from tests import factories

KINDS = {
    "owner": ContactFacts("full", is_owner=True),
    "admin": ContactFacts("full", permissions=frozenset({c.CLIENT_ADMIN})),
    "tax": ContactFacts("full", permissions=frozenset({c.TAX})),
    "financial": ContactFacts("full", permissions=frozenset({c.FINANCIAL})),
    "files": ContactFacts("full", permissions=frozenset({c.FILES})),
    "none": ContactFacts("full"),
}
ACTIONS = {name: one for name, one in vars(c).items() if isinstance(one, ContactAction)}

# The reviewed table at Full Access: owner, Client admin, Tax, Financial, Files, no permission.
# Then the feature of Custom Access that it falls under, and "w" for what changes something.
TABLE = """
OPEN_CLIENT             yes yes yes yes yes yes -                -
VIEW_OWN_QUESTIONS      yes yes yes yes yes yes questions        -
ANSWER_OWN_QUESTIONS    yes yes yes yes yes yes questions        w
VIEW_ALL_QUESTIONS      yes yes -   -   -   -   questions        -
ANSWER_ALL_QUESTIONS    yes yes -   -   -   -   questions        w
REASSIGN_QUESTIONS      yes yes -   -   -   -   questions        w
VIEW_FILES              yes yes -   -   yes -   files            -
UPLOAD_FILES            yes yes -   -   yes -   files            w
VIEW_TAX                yes yes yes -   -   -   tax              -
ACT_ON_TAX              yes yes yes -   -   -   tax              w
VIEW_ORGANIZERS         yes yes yes -   -   -   organizers       -
ANSWER_ORGANIZERS       yes yes yes -   -   -   organizers       w
SEE_SIGNATURE_REQUESTS  yes yes -   -   -   -   e_signature      -
SIGN_DOCUMENTS          -   -   -   -   -   -   e_signature      w
VIEW_FINANCIALS         yes yes -   yes -   -   financials       -
VIEW_REPORTS            yes yes -   yes -   -   reports          -
VIEW_INVOICES           yes yes yes yes yes yes invoices         -
PAY_INVOICES            yes yes yes yes yes yes invoices         pay
VIEW_COMPANY            yes -   -   -   -   -   company_settings -
EDIT_COMPANY            yes -   -   -   -   -   company_settings w
VIEW_PEOPLE             yes yes -   -   -   -   -                -
INVITE_COLLEAGUES       yes yes -   -   -   -   -                w
"""
LINES = {line.split()[0]: line.split()[1:] for line in TABLE.strip().splitlines()}
NO, YES = "-", "yes"


def at(kind: str, level: str, *features: str, **more) -> ContactFacts:
    base = KINDS[kind]
    return ContactFacts(
        level,
        frozenset(features),
        base.permissions,
        is_owner=base.is_owner,
        **more,
    )


def expected(name: str, kind: str, level: str, features: tuple[str, ...]) -> bool:
    """From the table alone."""
    *cells, feature, mark = LINES[name]
    if cells[list(KINDS).index(kind)] == NO or level == "none":
        return False
    if level == "view_only":
        return mark != "w"
    return level == "full" or feature == NO or feature in features


def test_the_table_is_about_every_action():
    assert set(LINES) == set(ACTIONS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", LINES)
def test_every_contact_at_every_level(name, kind):
    """Every level; Custom Access with each feature alone, and with all of them but one."""
    each = [(feature.value,) for feature in PortalFeature]
    without = [tuple(f.value for f in PortalFeature if f != feature) for feature in PortalFeature]
    plain = [(level.value, ()) for level in AccessLevel if level != AccessLevel.CUSTOM]
    caps = [*plain, *product(["custom"], [*each, *without])]

    found = {
        (level, features): explain_contact(at(kind, level, *features), ACTIONS[name]).allowed
        for level, features in caps
    }

    assert found == {cap: expected(name, kind, *cap) for cap in caps}


@pytest.mark.parametrize(
    ("kind", "level", "allowed"),
    [
        ("none", "full", True),
        ("tax", "full", True),
        ("admin", "view_only", False),
        ("admin", "none", False),
    ],
)
def test_only_a_recipient_signs(kind, level, allowed):
    facts = at(kind, level, is_recipient=True)

    assert explain_contact(facts, c.SIGN_DOCUMENTS).allowed is allowed


@pytest.mark.parametrize(
    ("status", "reads", "writes", "pays"),
    [
        ("active", True, True, True),
        ("paused", True, True, True),
        ("disconnected", True, False, True),
        ("reconnecting", True, False, True),
        ("pending", False, False, False),
    ],
)
def test_the_relationship_limits_what_is_written(status, reads, writes, pays):
    facts = at("admin", "full", status=status)
    asked = (c.VIEW_FILES, c.UPLOAD_FILES, c.PAY_INVOICES)

    allowed = [explain_contact(facts, action).allowed for action in asked]

    assert allowed == [reads, writes, pays]
    assert status in ConnectionStatus.values


@pytest.mark.parametrize("shut", [{"is_active": False}, {"is_blocked": True}])
def test_a_login_that_is_off_and_who_is_blocked_open_nothing(shut):
    assert not explain_contact(at("owner", "full", **shut), c.OPEN_CLIENT).allowed


@pytest.mark.parametrize(
    ("facts", "action", "says", "about"),
    [
        (
            at("admin", "none"),
            c.VIEW_FILES,
            "Your access is turned off, contact your accountant.",
            "Cara’s access is turned off, contact your accountant.",
        ),
        (
            at("admin", "view_only"),
            c.UPLOAD_FILES,
            "You may look at this client, and change nothing.",
            "Cara may look at this client, and change nothing.",
        ),
        (
            at("admin", "custom", "files"),
            c.VIEW_TAX,
            "“Tax” is not among the features open to this client.",
            "“Tax” is not among the features open to this client.",
        ),
        (
            at("files", "full"),
            c.VIEW_TAX,
            "Your contact permissions lack “Tax”.",
            "Cara’s contact permissions lack “Tax”.",
        ),
        (
            at("tax", "full"),
            c.VIEW_TAX,
            "You have the permission “Tax”.",
            "Cara has the permission “Tax”.",
        ),
        (at("admin", "full"), c.VIEW_TAX, "You are Client admin.", "Cara is Client admin."),
        (
            at("admin", "full", is_blocked=True),
            c.OPEN_CLIENT,
            "Your access to this client is blocked, contact your accountant.",
            "Cara’s access to this client is blocked, contact your accountant.",
        ),
    ],
)
def test_the_answer_says_why(facts, action, says, about):
    decisive = explain_contact(facts, action).decisive

    assert (decisive.says, decisive.about("Cara")) == (says, about)


@pytest.mark.django_db
def test_a_merged_contact_is_shut_out_of_one_client_alone(branch, connection):
    """F-053: Max has Files at Acme, which is closed, and Tax at Delta."""
    delta = factories.ConnectionFactory(branch=branch, name="Delta Design")
    with factories.arranging():
        connection.access_level = AccessLevel.NONE
        connection.save(update_fields=["access_level"])
    person = factories.ContactFactory(firm=branch.firm)
    acme_access = factories.ContactAccessFactory(
        connection=connection, contact=person, has_files=True
    )
    delta_access = factories.ContactAccessFactory(connection=delta, contact=person, has_tax=True)

    allowed = [each.explain(c.OPEN_CLIENT).allowed for each in (acme_access, delta_access)]

    assert allowed == [False, True]
    assert delta_access.explain(c.VIEW_TAX).allowed


@pytest.mark.django_db
def test_who_owns_the_account_is_more_than_a_contact(connection, contact):
    before = ContactAccess.objects.get().explain(c.EDIT_COMPANY).allowed

    with factories.arranging():
        connection.account.owner = contact
        connection.account.save(update_fields=["owner"])

    assert (before, ContactAccess.objects.get().explain(c.EDIT_COMPANY).allowed) == (False, True)


@pytest.mark.django_db
@pytest.mark.parametrize("trait", ["disconnected", "reconnecting"])
def test_a_firm_that_is_not_connected_asks_without_the_account(branch, contact, as_firm, trait):
    row = factories.ConnectionFactory(branch=branch, account__owner=contact, **{trait: True})
    person = factories.ContactFactory(firm=branch.firm, user=contact)
    tick = factories.ContactAccessFactory(connection=row, contact=person, has_tax=True)

    with as_firm(branch.firm):
        access = ContactAccess.objects.get(pk=tick.pk)
        facts = access.facts()

    assert (facts.is_owner, facts.permissions) == (False, {"Tax"})


@pytest.mark.django_db
@pytest.mark.parametrize("is_active", [True, False])
def test_a_contact_whose_login_is_switched_off(connection, contact, is_active):
    access = ContactAccess.objects.select_related("contact__user", "connection__account").get()

    access.contact.user.is_active = is_active

    assert access.explain(c.OPEN_CLIENT).allowed is is_active
