"""Practice Settings > Tags: rename, merge, delete, starter sets (F-088b)."""

import csv
import io
import threading

import pytest
from django.db import connection as database
from django.db import transaction

from clients.actions.tagging import add_tags
from clients.actions.tags import delete_tag, edit_tag, merge_tags
from clients.models import Connection, Tag
from clients.permissions import MANAGE_TAGS
from clients.search import search_text
from practice import tenancy
from practice.errors import Refused
from practice.models import SavedView
from tests import factories

URL = "/harbour/settings/tags/"
FACTS = ("name", "client_number", "contact_name", "contact_email")


@pytest.fixture
def vip(firm) -> Tag:
    return factories.TagFactory(firm=firm, name="VIP")


@pytest.fixture
def key(firm) -> Tag:
    return factories.TagFactory(firm=firm, name="Key client")


def tagged(branch, *tags: Tag, **facts) -> Connection:
    row = factories.ConnectionFactory(branch=branch, **facts)
    with factories.arranging():
        row.tag_ids = sorted(tag.pk for tag in tags)
        row.search_text = search_text(
            *(getattr(row, fact) for fact in FACTS), *(tag.name for tag in tags)
        )
        row.save(update_fields=["tag_ids", "search_text"])
    return row


def words_of(row: Connection) -> list[str]:
    return Connection.objects.get(pk=row.pk).search_text.split("\n")


def test_the_list_counts_the_clients_of_each_tag(client, super_admin, branch, vip, key):
    tagged(branch, vip, key)
    tagged(branch, vip)
    client.force_login(super_admin)

    response = client.get(URL)

    assert [(tag.name, count) for tag, count in response.context["lines"]] == [
        ("Key client", 1),
        ("VIP", 2),
    ]
    assert f"/harbour/clients/?tag={vip.pk}" in response.content.decode()


def test_the_list_can_be_searched_and_exported(client, super_admin, branch, vip, key):
    tagged(branch, vip)
    client.force_login(super_admin)

    found = client.get(URL, {"q": "ｖIP"})
    export = client.get(f"{URL}export/", {"q": "vip"})

    assert [tag.name for tag, _ in found.context["lines"]] == ["VIP"]
    rows = list(csv.reader(io.StringIO(export.getvalue().decode("utf-8-sig"))))
    assert rows == [["Tag", "Group", "Clients"], ["VIP", "", "1"]]
    assert "No such tag" in client.get(URL, {"q": "zebra"}).content.decode()


def test_one_tag_and_three_cost_the_same_queries(
    client, super_admin, branch, vip, django_assert_num_queries
):
    tagged(branch, vip)
    client.force_login(super_admin)
    client.get(URL)

    with django_assert_num_queries(LIST_QUERIES):
        client.get(URL)
    for name in ("Beta", "Gamma"):
        tagged(branch, factories.TagFactory(firm=vip.firm, name=name))
    with django_assert_num_queries(LIST_QUERIES):
        response = client.get(URL)

    assert len(response.context["lines"]) == 3


LIST_QUERIES = 10


def test_merging_leaves_all_clients_with_the_one(client, super_admin, branch, vip, key):
    both = tagged(branch, vip, key, name="Both Ltd", client_number="7001")
    one = tagged(branch, vip, name="One Ltd", contact_name="Ona Person")
    other = tagged(branch, key, name="Other Ltd")
    versions = [row.version for row in (both, one, other)]
    client.force_login(super_admin)

    question = client.get(f"{URL}{vip.pk}/merge/").content.decode()
    done = client.post(f"{URL}{vip.pk}/merge/", {"into": "key CLIENT"}, follow=True)

    rows = [Connection.objects.get(pk=row.pk) for row in (both, one, other)]
    assert "2 clients" in question
    assert "“VIP” is merged into “Key client” on 2 clients." in done.content.decode()
    assert [row.tag_ids for row in rows] == [[key.pk]] * 3
    assert [row.version for row in rows] == [versions[0] + 1, versions[1] + 1, versions[2]]
    assert words_of(both) == ["both ltd", "7001", "key client"]
    assert words_of(one)[-2:] == ["ona person", "key client"]
    assert list(Tag.objects.values_list("name", flat=True)) == ["Key client"]
    assert rows[1].history.first().history_change_reason == (
        "Merged the tag “VIP” into “Key client”."
    )


def test_search_finds_by_the_new_name_and_no_more_by_the_old(client, super_admin, branch, vip):
    row = tagged(branch, vip, name="One Ltd")
    client.force_login(super_admin)

    client.post(f"{URL}{vip.pk}/", {"name": "Gold", "group": "Status"}, follow=True)

    assert words_of(row) == [*search_text(*(getattr(row, f) for f in FACTS)).split("\n"), "gold"]
    assert "One Ltd" in client.get("/harbour/clients/", {"q": "gold"}).content.decode()
    assert "One Ltd" not in client.get("/harbour/clients/", {"q": "vip"}).content.decode()
    tag = Tag.objects.get()
    assert (tag.name, tag.name_key, tag.group) == ("Gold", "gold", "Status")


def test_a_name_that_exists_offers_to_merge(client, super_admin, vip, key):
    client.force_login(super_admin)

    response = client.post(f"{URL}{vip.pk}/", {"name": " KEY client"})

    html = response.content.decode()
    assert response.status_code == 422
    assert "There is a tag “Key client” already." in html
    assert f"{URL}{vip.pk}/merge/?into=Key%20client" in html
    into = client.get(f"{URL}{vip.pk}/merge/", {"into": "Key client"}).content.decode()
    assert 'value="Key client"' in into


def test_a_spelling_of_its_own_name_is_allowed(super_admin, vip):
    edit_tag(vip, by=super_admin, name="Vip", group="")

    assert Tag.objects.get().name == "Vip"


def test_deleting_says_how_many_lose_it(client, super_admin, branch, vip, key):
    row = tagged(branch, vip, key, name="Both Ltd")
    client.force_login(super_admin)

    question = client.get(f"{URL}{vip.pk}/delete/").content.decode()
    client.post(f"{URL}{vip.pk}/delete/")

    assert "1 client" in question
    assert Connection.objects.get(pk=row.pk).tag_ids == [key.pk]
    assert "vip" not in words_of(row)
    assert list(Tag.objects.values_list("name", flat=True)) == ["Key client"]


def test_merging_ten_clients_costs_what_one_costs(
    super_admin, branch, firm, django_assert_max_num_queries
):
    for number, count in enumerate((1, 10)):
        tags = [factories.TagFactory(firm=firm, name=f"{side}{number}") for side in ("a", "b")]
        for _ in range(count):
            tagged(branch, tags[0])

        with django_assert_max_num_queries(22):
            merged = merge_tags(*tags, by=super_admin)

        assert merged == count


def test_saved_views_follow(super_admin, firm, vip, key):
    query = f"tag={vip.pk}&tag={key.pk}&status=active"
    member = super_admin.team_members.get()
    view = factories.SavedViewFactory(member=member, firm=firm, query=query)
    kept = factories.SavedViewFactory(member=member, firm=firm, query=f"tag={vip.pk}0", name="x")

    merge_tags(vip, key, by=super_admin)

    assert SavedView.objects.get(pk=view.pk).query == f"tag={key.pk}&status=active"
    assert SavedView.objects.get(pk=kept.pk).query == f"tag={vip.pk}0"
    delete_tag(key, by=super_admin)
    assert SavedView.objects.get(pk=view.pk).query == "status=active"


def test_a_starter_set_adds_what_is_missing(client, super_admin, firm):
    factories.TagFactory(firm=firm, name="payroll")
    client.force_login(super_admin)

    page = client.get(f"{URL}starter-set/").content.decode()
    client.post(f"{URL}starter-set/", {"group": "Service type"})
    again = client.post(f"{URL}starter-set/", {"group": "Service type"}, follow=True)

    for group in ("Service type", "Industry", "Engagement level", "Status"):
        assert group in page
    assert "nothing was missing" in again.content.decode()
    assert dict(Tag.objects.values_list("name", "group")) == dict.fromkeys(
        ["Advisory", "Bookkeeping", "payroll", "Tax return", "Year-end accounts"], "Service type"
    )


def test_a_tag_is_added_once(client, super_admin, vip):
    client.force_login(super_admin)

    new = client.post(f"{URL}add/", {"name": "Gold", "group": "Status"})
    same = client.post(f"{URL}add/", {"name": "vip"})
    comma = client.post(f"{URL}add/", {"name": "a, b"})

    assert [answer.status_code for answer in (new, same, comma)] == [302, 422, 422]
    assert sorted(Tag.objects.values_list("name", "group")) == [("Gold", "Status"), ("VIP", "")]


def test_the_owner_of_one_branch_of_two_reads_and_does_not_change(
    client, branch_owner, firm, branch, vip, key
):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    tagged(branch, vip)
    tagged(dublin, vip)
    client.force_login(branch_owner)
    says = "Tags belong to the whole firm, and your role on Dublin lacks “Manage Tags”."

    response = client.get(URL)
    attempts = [
        client.post(f"{URL}{vip.pk}/", {"name": "Mine"}),
        client.post(f"{URL}{vip.pk}/merge/", {"into": "Key client"}),
        client.post(f"{URL}{vip.pk}/delete/"),
        client.post(f"{URL}starter-set/", {"group": "Status"}),
        client.post(f"{URL}add/", {"name": "Mine"}),
    ]

    assert says in response.content.decode()
    assert dict(response.context["lines"])[vip] == 1
    assert [attempt.status_code for attempt in attempts] == [403] * 5
    assert Tag.objects.count() == 2
    with pytest.raises(Refused, match="Dublin"):
        delete_tag(vip, by=branch_owner)


def test_the_owner_of_every_branch_changes_them(client, branch_owner, vip):
    client.force_login(branch_owner)

    assert client.post(f"{URL}{vip.pk}/", {"name": "Gold"}).status_code == 302


def test_where_it_is_withdrawn_it_is_not_held(client, branch_owner, vip):
    with factories.arranging():
        branch_owner.team_members.get().memberships.update(withdrawn=[str(MANAGE_TAGS)])
    client.force_login(branch_owner)

    assert [client.get(URL).status_code, client.get(f"{URL}add/").status_code] == [403, 403]


def test_a_tag_of_another_firm_is_not_found(client, super_admin):
    theirs = factories.TagFactory(name="Theirs")
    client.force_login(super_admin)

    for page in ("", "merge/", "delete/"):
        assert client.post(f"{URL}{theirs.pk}/{page}").status_code == 404
    assert Tag.objects.filter(pk=theirs.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_who_adds_the_tag_while_it_is_merged_leaves_no_client_behind(super_admin, branch, vip, key):
    """The merge waits for the adder, and takes along the client that it did not see at first."""
    carrier = tagged(branch, vip)
    late = factories.ConnectionFactory(branch=branch)
    firm_id, added, merged = branch.firm_id, threading.Event(), []

    def merge() -> None:
        added.wait(10)
        try:
            with tenancy.in_firm(firm_id, super_admin.pk), transaction.atomic():
                merged.append(merge_tags(vip, key, by=super_admin))
        finally:
            database.close()

    other = threading.Thread(target=merge)
    other.start()
    with tenancy.in_firm(firm_id, super_admin.pk), transaction.atomic():
        add_tags([late.pk], ["VIP"], by=super_admin)
        added.set()
        other.join(1.5)
        assert merged == []
    other.join(10)

    assert merged == [2]
    with tenancy.as_system():
        rows = Connection.objects.filter(pk__in=[carrier.pk, late.pk])
        assert [row.tag_ids for row in rows] == [[key.pk], [key.pk]]
