"""Tax returns in the portal: the tracker and the approval (F-180, F-181)."""

import pytest
from django.test import Client

from clients.models import ContactAccess
from clients.roles import AccessLevel, PortalFeature
from portal.models import FolderKind, TaxReturn
from practice import clock, tenancy
from tests import factories

pytestmark = pytest.mark.django_db
READ = {"has_read": "on"}


@pytest.fixture
def row(connection):
    folder = factories.FolderFactory(
        connection=connection, name="Tax return", kind=FolderKind.TAX_RETURN
    )
    file = factories.ClientFileFactory(
        connection=connection,
        folder=folder,
        name="CT600.pdf",
        is_visible=True,
        visible_at=clock.now(),
    )
    return factories.TaxReturnFactory(connection=connection, file=file, ready=True)


@pytest.fixture
def tom(connection) -> Client:
    return someone(connection, has_tax=True)


def someone(connection, **ticks) -> Client:
    user = factories.UserFactory()
    person = factories.ContactFactory(firm=connection.firm, user=user, name="Tom Tucker")
    factories.ContactAccessFactory(connection=connection, contact=person, **ticks)
    browser = Client()
    browser.force_login(user)
    return browser


def url(connection, row=None, slug="harbour") -> str:
    page = f"{row.pk}/" if row else ""
    return f"/portal/{slug}/{connection.pk}/tax/{page}"


def test_the_tracker_says_how_far_it_is(tom, connection, row):
    text = tom.get(url(connection, row)).text

    for step in ("Preparing", "In review", "<strong>Ready to sign</strong>", "Filed"):
        assert step in text
    assert "CT600.pdf" in text


def test_who_may_approves_it_once_and_it_no_longer_waits(tom, connection, row):
    home = f"/portal/harbour/{connection.pk}/"
    before = tom.get(home).text

    form = {**READ, "sha256": row.file.sha256}
    for _ in range(2):
        response = tom.post(url(connection, row), form, follow=True)

    found = TaxReturn.objects.get()
    assert f"Approve {row}" in before
    assert f"Approve {row}" not in tom.get(home).text
    assert "Harbour Accounting has your approval." in response.text
    assert (found.approver, found.approved_sha256) == ("Tom Tucker", row.file.sha256)
    assert found.history.filter(history_change_reason="Approved a tax return.").count() == 1


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "Tick that you have read it."),
        ({**READ, "sha256": "f" * 64}, "The file was changed since you opened this page."),
    ],
)
def test_an_approval_is_of_the_file_that_was_read(tom, connection, row, form, says):
    response = tom.post(url(connection, row), {"sha256": row.file.sha256, **form})

    assert response.status_code == 422
    assert says in response.text
    assert TaxReturn.objects.get().approved_at is None


# ticks of the contact, client access level, features: page, approving
WHO = [
    ({"has_tax": True}, AccessLevel.FULL, [], 200, 302),
    ({"is_client_admin": True}, AccessLevel.FULL, [], 200, 302),
    ({"has_financial": True}, AccessLevel.FULL, [], 404, 404),
    ({"has_files": True}, AccessLevel.FULL, [], 404, 404),
    ({}, AccessLevel.FULL, [], 404, 404),
    ({"has_tax": True}, AccessLevel.VIEW_ONLY, [], 200, 403),
    ({"has_tax": True}, AccessLevel.NONE, [], 403, 403),
    ({"has_tax": True}, AccessLevel.CUSTOM, [PortalFeature.TAX], 200, 302),
    ({"has_tax": True}, AccessLevel.CUSTOM, [PortalFeature.FILES], 403, 403),
    ({"has_files": True}, AccessLevel.CUSTOM, [PortalFeature.TAX], 404, 404),
]


@pytest.mark.parametrize(("ticks", "level", "features", "seen", "acted"), WHO)
def test_who_sees_and_who_approves(connection, row, ticks, level, features, seen, acted):
    browser = someone(connection, **ticks)
    with factories.arranging():
        connection.access_level, connection.access_features = level, features
        connection.save(update_fields=["access_level", "access_features"])

    shown = browser.get(url(connection, row))
    listed = browser.get(url(connection))
    sent = browser.post(url(connection, row), {**READ, "sha256": row.file.sha256})

    assert (shown.status_code, listed.status_code) == (seen, seen)
    assert sent.status_code == acted
    assert (TaxReturn.objects.get().approved_at is not None) is (acted == 302)


def test_a_return_of_another_client_is_not_there(tom, connection, branch):
    other = factories.TaxReturnFactory(connection__branch=branch, ready=True)

    assert tom.get(url(connection, other)).status_code == 404


def test_without_the_tick_postgresql_shows_no_return(connection, row):
    from portal.models.entering import enter_scope, find_accesses

    seen = {}
    for tick in ("has_tax", "has_files"):
        browser = someone(connection, **{tick: True})
        access = ContactAccess.objects.select_related("contact__user").latest("pk")
        with tenancy.enter(tenancy.NOBODY):
            enter_scope(access.contact.user, access.contact, find_accesses(access.contact))
            seen[tick] = TaxReturn.objects.count()
        assert browser

    assert seen == {"has_tax": 1, "has_files": 0}


def test_a_preview_approves_nothing(client, super_admin, tom, connection, row):
    access = ContactAccess.objects.get(contact__name="Tom Tucker")
    client.force_login(super_admin)
    page = url(connection, row, f"harbour~{access.pk}")

    shown = client.get(page)
    sent = client.post(page, {**READ, "sha256": row.file.sha256})

    assert (shown.status_code, sent.status_code) == (200, 403)
    assert "This is a preview." in shown.text
    assert TaxReturn.objects.get().approved_at is None
