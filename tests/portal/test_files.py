"""Files in the portal: who sees which, downloads, sending, and what waits (F-175…F-178, F-228)."""

from itertools import product
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import ContactAccess
from clients.roles import AccessLevel
from portal.models import ClientFile, FileRead, FileState, FolderKind
from practice import tenancy
from tests import factories
from tests.portal import samples

pytestmark = pytest.mark.django_db

TICKS = {
    "Client admin": "is_client_admin",
    "Tax": "has_tax",
    "Financial": "has_financial",
    "Files": "has_files",
    "none": "",
}
OPEN = {  # S2.13, S2.14, S2.9, S2.10
    "Client admin": {"", "custom", "questions", "tax_return", "organizer"},
    "Files": {"", "custom", "questions"},
    "Tax": {"tax_return", "organizer"},
    "Financial": set(),
    "none": set(),
}


def page(connection, *more: object, slug: str = "harbour") -> str:
    url = reverse("portal:files", args=[slug, connection.pk])
    return url + "".join(f"{one}/" for one in more)


def person(connection, tick: str):
    """A contact with this permission, and a browser in which they are signed in."""
    user = factories.UserFactory()
    row = factories.ContactFactory(firm=connection.firm, user=user, email=user.email)
    ticks = {TICKS[tick]: True} if TICKS[tick] else {}
    access = factories.ContactAccessFactory(connection=connection, contact=row, **ticks)
    browser = Client()
    browser.force_login(user)
    return access, browser


@pytest.fixture
def files(connection) -> dict[str, ClientFile]:
    """A visible file in each kind of folder, and one in none."""
    found = {"": factories.ClientFileFactory(connection=connection, name="none.pdf", visible=True)}
    for kind in FolderKind:
        name = kind.label if kind != FolderKind.CUSTOM else "Year end"
        folder = factories.FolderFactory(connection=connection, kind=kind, name=name)
        found[kind.value] = factories.ClientFileFactory(
            connection=connection, folder=folder, name=f"{kind.value}.pdf", visible=True
        )
    return found


def seen(browser, connection) -> set[str] | int:
    response = browser.get(page(connection))
    if response.status_code != 200:
        return response.status_code
    return {file.name for file in response.context["page"].rows}


def fetched(browser, url: str) -> int:
    """The status; what is handed out is read to its end."""
    response = browser.get(url)
    if response.streaming:
        b"".join(response.streaming_content)
    return response.status_code


def opened(browser, connection, files) -> set[str]:
    """Those that are handed out."""
    statuses = {name: fetched(browser, page(connection, file.pk)) for name, file in files.items()}
    assert set(statuses.values()) <= {200, 404, 403}
    return {name for name, status in statuses.items() if status == 200}


@pytest.mark.parametrize("tick", TICKS)
def test_who_sees_what_by_list_by_address_and_by_explain(connection, files, tick):
    access, browser = person(connection, tick)
    secret = factories.FolderFactory(connection=connection, name="Partner only")
    hidden = factories.ClientFileFactory(connection=connection, folder=secret)

    wanted = OPEN[tick]
    assert seen(browser, connection) == ({files[name].name for name in wanted} or 404)
    assert opened(browser, connection, files) == wanted
    assert {name for name, file in files.items() if file.is_seen_by(access)} == wanted
    folders = {files[name].folder.name for name in wanted if name}
    response = browser.get(page(connection))
    if wanted:
        chips = [label for label, _, _ in response.context["chips"]]
        assert set(chips) == {"All files", *folders}
    assert secret.name not in response.text
    assert browser.get(page(connection, hidden.pk)).status_code == 404
    assert secret.name not in browser.get(page(connection, "add")).text


@pytest.mark.parametrize(
    ("level", "features", "status", "open_to_admin"),
    [
        (AccessLevel.FULL, [], 200, OPEN["Client admin"]),
        (AccessLevel.VIEW_ONLY, [], 200, OPEN["Client admin"]),
        (AccessLevel.NONE, [], 403, set()),
        (AccessLevel.CUSTOM, [], 403, set()),
        (AccessLevel.CUSTOM, ["files"], 200, OPEN["Files"]),
        (AccessLevel.CUSTOM, ["tax"], 200, {"tax_return"}),
        (AccessLevel.CUSTOM, ["organizers", "files"], 200, OPEN["Files"] | {"organizer"}),
    ],
)
def test_the_access_level_is_a_cap(connection, files, level, features, status, open_to_admin):
    access, browser = person(connection, "Client admin")
    with factories.arranging():
        connection.access_level, connection.access_features = level, features
        connection.save(update_fields=["access_level", "access_features"])

    assert browser.get(page(connection)).status_code == status
    assert opened(browser, connection, files) == open_to_admin
    access = ContactAccess.objects.get(pk=access.pk)
    assert {name for name, file in files.items() if file.is_seen_by(access)} == open_to_admin


def test_the_list_and_the_single_question_agree(connection, files):
    """`seen_by` and `is_seen_by`, for every permission and every state of a file."""
    for state, is_visible in product(FileState, (True, False)):
        factories.ClientFileFactory(connection=connection, state=state, visible=is_visible)
    factories.ClientFileFactory(connection=connection, visible=True, deleted_at="2026-01-01T00:00Z")
    elsewhere = factories.ClientFileFactory(visible=True)
    rows = list(ClientFile.objects.select_related("folder"))
    assert elsewhere in rows

    for tick in TICKS:
        access, _ = person(connection, tick)
        listed = set(ClientFile.objects.seen_by(access))
        assert listed == {file for file in rows if file.is_seen_by(access)}


def test_a_download_is_forced_and_can_run_nothing(connection, files):
    _, browser = person(connection, "Files")

    response = browser.get(page(connection, files[""].pk))

    headers = {name: response[name] for name in HEADERS}
    assert b"".join(response.streaming_content) == b"%PDF-1.7\n"
    assert headers == HEADERS


HEADERS = {
    "Content-Type": "application/pdf",
    "Content-Disposition": 'attachment; filename="none.pdf"',
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def test_without_a_session_and_from_elsewhere_there_is_no_file(client, connection, files, outsider):
    url = page(connection, files[""].pk)
    other = factories.ConnectionFactory(branch=connection.branch)
    _, theirs = person(other, "Client admin")

    assert client.get(url).status_code == 302
    assert theirs.get(url).status_code == 404
    assert theirs.get(page(other, files[""].pk)).status_code == 404
    client.force_login(outsider)
    assert client.get(url).status_code == 404
    assert (
        client.get(f"/southgate/clients/{connection.pk}/files/{files[''].pk}/").status_code == 404
    )


def test_the_database_itself_shows_the_portal_no_hidden_file(connection, files, as_nobody):
    access, _ = person(connection, "Client admin")
    factories.ClientFileFactory(connection=connection)
    factories.ClientFileFactory(visible=True)
    scope = tenancy.Scope(connection.firm_id, access.contact_id, (connection.pk,))

    with tenancy.enter(tenancy.Context(tenancy.Realm.PORTAL, scope=scope)):
        shown = set(ClientFile.objects.values_list("pk", flat=True))

    assert shown == {file.pk for file in files.values()}


def test_a_file_waits_until_it_is_opened_and_a_preview_leaves_no_trace(
    client, connection, files, branch_owner
):
    access, browser = person(connection, "Tax")
    preview = f"harbour~{access.pk}"
    home = reverse("portal:business", args=["harbour", connection.pk])
    client.force_login(branch_owner)

    assert "1 more" in browser.get(home).text
    for file in files.values():
        fetched(client, page(connection, file.pk, slug=preview))
    assert not FileRead.objects.exists()
    for file in files.values():
        fetched(browser, page(connection, file.pk))
        fetched(browser, page(connection, file.pk))
    assert "Nothing waits for you" in browser.get(home).text
    assert FileRead.objects.count() == 2


def upload(*files: tuple[str, bytes], **words: object) -> dict[str, object]:
    return {
        "chosen": [SimpleUploadedFile(name, content) for name, content in files],
        "key": uuid4(),
        **words,
    }


@pytest.mark.parametrize("count", [1, 10])
def test_a_contact_sends_files(connection, count):
    access, browser = person(connection, "Files")
    folder = factories.FolderFactory(connection=connection)
    factories.ClientFileFactory(connection=connection, folder=folder, visible=True, name="old.pdf")
    sent = [(f"{n}.pdf", samples.PDF) for n in range(count)]

    response = browser.post(page(connection, "add"), upload(*sent, place=folder.pk), follow=True)

    files = ClientFile.objects.filter(folder=folder).exclude(name="old.pdf")
    assert response.redirect_chain == [(page(connection), 302)]
    assert files.count() == count
    assert {(file.contact, file.is_visible) for file in files} == {(access.contact, True)}
    assert seen(browser, connection) == {"old.pdf", *(name for name, _ in sent)}


def test_what_is_refused_is_named_and_the_rest_is_kept(connection, settings):
    settings.FILES_MAX_BYTES = 1024
    _, browser = person(connection, "Files")
    sent = upload(("a.pdf", samples.PDF), ("big.csv", b"1,2\n" * 999), ("b.svg", samples.SVG))

    response = browser.post(page(connection, "add"), sent)

    assert response.status_code == 422
    assert seen(browser, connection) == {"a.pdf"}
    assert "big.csv</bdi>: It is larger than" in response.text
    assert "b.svg</bdi>: It is a web page or a drawing" in response.text


@pytest.mark.parametrize(
    ("tick", "level", "status"),
    [
        ("Client admin", AccessLevel.FULL, 302),
        ("Tax", AccessLevel.FULL, 404),
        ("none", AccessLevel.FULL, 404),
        ("Files", AccessLevel.VIEW_ONLY, 403),
        ("Files", AccessLevel.CUSTOM, 403),
        ("Files", AccessLevel.NONE, 403),
    ],
)
def test_who_may_send(connection, tick, level, status):
    _, browser = person(connection, tick)
    with factories.arranging():
        connection.access_level = level
        connection.save(update_fields=["access_level"])

    response = browser.post(page(connection, "add"), upload(("a.pdf", samples.PDF)))

    assert response.status_code == status
    assert ClientFile.objects.exists() == (status == 302)


def test_into_a_folder_that_fills_itself_or_anothers_nobody_sends(connection, files):
    _, browser = person(connection, "Client admin")
    foreign = factories.FolderFactory()

    for folder in (files["tax_return"].folder, foreign):
        response = browser.post(
            page(connection, "add"), upload(("a.pdf", samples.PDF), place=folder.pk)
        )
        assert response.status_code == 422
    assert not ClientFile.objects.filter(name="a.pdf").exists()


def test_the_pages_ask_as_much_for_ten_businesses_as_for_one(branch, connection, files):
    access, browser = person(connection, "Client admin")
    home, here = reverse("portal:home", args=["harbour"]), page(connection)
    another = factories.ConnectionFactory(branch=branch)
    factories.ContactAccessFactory(connection=another, contact=access.contact, has_files=True)
    browser.get(home), browser.get(here)  # the first visit is noted

    with CaptureQueriesContext(database) as few:
        browser.get(home), browser.get(here)
    for _ in range(8):
        row = factories.ConnectionFactory(branch=branch)
        factories.ContactAccessFactory(connection=row, contact=access.contact, has_files=True)
        factories.ClientFileFactory(connection=row, visible=True)
        factories.ClientFileFactory(connection=connection, visible=True)
    with CaptureQueriesContext(database) as many:
        browser.get(home), browser.get(here)

    assert len(many) == len(few)
