"""The client list (F-023…F-037b, F-040): what it shows, narrows, sorts and never shows."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from clients.models import Connection, Tag
from clients.models.ordering import ORDERS
from clients.roles import BillingModel
from clients.search import search_text
from tests import factories

URL = "/harbour/clients/"


def names(response) -> list[str]:
    return [row.name for row in response.context["page"].rows]


def a_client(branch, name: str, **facts) -> Connection:
    return factories.ConnectionFactory(branch=branch, name=name, **facts)


@pytest.fixture
def signed_in_admin(client, branch_admin):
    client.force_login(branch_admin)
    return client


def test_the_columns_of_the_list(signed_in_admin, connection):
    connection.connected_on = date(2025, 6, 27)

    html = signed_in_admin.get(URL).content.decode()

    for words in (
        "Acme Bakery",
        "1010",
        "Bill Us",
        "London",
        "Active",
        "Last activity",
        "Connected",
    ):
        assert words in html


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("acme", ["Acme Bakery"]),
        ("ACME", ["Acme Bakery"]),
        ("Cara", ["Acme Bakery"]),
        ("cara@ac", ["Acme Bakery"]),
        ("Seasonal", ["Acme Bakery"]),
        ("1002", ["Smith Family Trust"]),
        ("trust smith", ["Smith Family Trust"]),
        ("ﬁlms", ["Films of Łódź"]),
        ("łódź", ["Films of Łódź"]),
        ("100%", []),
        ("a_m", []),
        ("zz", []),
        ("Charge Us", ["Acme Bakery", "Films of Łódź"]),
    ],
)
def test_search_finds_by_name_contact_tag_and_number(signed_in_admin, branch, typed, found):
    a_client(
        branch,
        "Acme Bakery",
        search_text=search_text("Acme Bakery", "1010", "Cara Doyle", "cara@acme.test", "Seasonal"),
    )
    a_client(branch, "Smith Family Trust", client_number="1002", client_pays=True)
    a_client(branch, "Films of Łódź")

    response = signed_in_admin.get(URL, {"q": typed})

    assert names(response) == found


def test_statuses_narrow_and_disconnected_hides_by_default(signed_in_admin, branch):
    a_client(branch, "Acme")
    a_client(branch, "Echo Farms", paused=True)
    a_client(branch, "Foxtrot Films", disconnected=True)

    assert names(signed_in_admin.get(URL)) == ["Acme", "Echo Farms"]
    assert names(signed_in_admin.get(URL, {"status": "paused"})) == ["Echo Farms"]
    assert names(signed_in_admin.get(URL, {"status": "disconnected"})) == ["Foxtrot Films"]
    assert len(names(signed_in_admin.get(f"{URL}?status=active&status=disconnected"))) == 2


def test_billing_models_narrow_alone_and_together(signed_in_admin, branch):
    a_client(branch, "Acme")
    a_client(branch, "Delta", client_pays=True)

    assert names(signed_in_admin.get(URL, {"model": "client_pays"})) == ["Delta"]
    assert names(signed_in_admin.get(URL, {"model": BillingModel.values})) == ["Acme", "Delta"]


def test_branches_narrow(client, super_admin, branch):
    dublin = factories.BranchFactory(firm=branch.firm, name="Dublin")
    a_client(branch, "Acme")
    a_client(dublin, "Bolt")
    client.force_login(super_admin)

    assert names(client.get(URL)) == ["Acme", "Bolt"]
    assert names(client.get(URL, {"branch": dublin.pk})) == ["Bolt"]


def test_the_selected_branch_is_the_context(client, super_admin, branch):
    dublin = factories.BranchFactory(firm=branch.firm, name="Dublin")
    a_client(branch, "Acme")
    a_client(dublin, "Bolt")
    client.force_login(super_admin)

    client.post("/harbour/branch/", {"branch": dublin.pk})
    assert names(client.get(URL)) == ["Bolt"]

    client.post("/harbour/branch/", {"branch": "all"})
    assert names(client.get(URL)) == ["Acme", "Bolt"]


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(0, "active"), (29, "active"), (30, "inactive"), (89, "inactive"), (90, "dormant")],
)
def test_activity_buckets_meet_at_their_boundaries(signed_in_admin, branch, days, bucket):
    a_client(branch, "Acme", last_activity_at=timezone.now() - timedelta(days=days))

    found = {
        name for name in ("active", "inactive", "dormant")
        if names(signed_in_admin.get(URL, {"activity": name}))
    }  # fmt: skip

    assert found == {bucket}


def test_a_client_never_active_is_dormant(signed_in_admin, branch):
    a_client(branch, "Acme")

    assert names(signed_in_admin.get(URL, {"activity": "dormant"})) == ["Acme"]


def test_connection_dates_narrow(signed_in_admin, branch):
    a_client(branch, "Acme", connected_on=date(2025, 6, 27))

    around = {"since_from": "2025-06-27", "since_to": "2025-06-27"}
    assert names(signed_in_admin.get(URL, around)) == ["Acme"]
    assert names(signed_in_admin.get(URL, {"since_from": "2025-06-28"})) == []


def test_a_date_range_the_wrong_way_round_says_so(signed_in_admin, branch):
    response = signed_in_admin.get(URL, {"since_from": "2025-06-28", "since_to": "2025-06-01"})

    assert response.status_code == 422
    assert "The first date is after the last one." in response.content.decode()


def test_tags_any_or_all(signed_in_admin, branch):
    tax, vip = (factories.TagFactory(firm=branch.firm, name=name) for name in ("Tax", "VIP"))
    a_client(branch, "Both", tag_ids=[tax.pk, vip.pk])
    a_client(branch, "Tax only", tag_ids=[tax.pk])
    a_client(branch, "None")

    any_of = signed_in_admin.get(f"{URL}?tag={tax.pk}&tag={vip.pk}")
    all_of = signed_in_admin.get(f"{URL}?tag={tax.pk}&tag={vip.pk}&tags_all=on")

    assert names(any_of) == ["Both", "Tax only"]
    assert names(all_of) == ["Both"]


def test_who_works_in_two_branches_may_look_at_both(client, branch, branch_owner):
    """F-011, F-032: the selector narrows to one of them, the filter opens them all."""
    other = factories.BranchFactory(firm=branch.firm, name="Dublin")
    place = factories.BranchMembershipFactory
    place(branch=other, member=branch_owner.team_members.get(), owner=True)
    a_client(branch, "Acme")
    a_client(other, "Brim")
    client.force_login(branch_owner)

    one, both = client.get(URL), client.get(URL, {"all_branches": "on"})

    assert len(names(one)) == 1
    assert names(both) == ["Acme", "Brim"]
    assert [chip.label for chip in both.context["chips"]] == ["All branches"]
    offered = client.get("/harbour/clients/filter/branch/?all_branches=on").content.decode()
    assert 'name="all_branches" id="id_all_branches" checked' in offered


def test_tags_of_another_firm_find_nothing(signed_in_admin, branch, outsider):
    foreign = factories.TagFactory(firm=outsider.team_members.get().firm, name="Foreign")
    a_client(branch, "Acme", tag_ids=[])

    response = signed_in_admin.get(URL, {"tag": foreign.pk})

    assert names(response) == []
    assert "Foreign" not in response.content.decode()


def test_subscription_usage_and_access_narrow(signed_in_admin, branch):
    golf = a_client(branch, "Golf Gardens", subscription_status="trial")
    acme = a_client(branch, "Acme", last_accessed_at=timezone.now() - timedelta(days=60))
    week = timezone.now() - timedelta(days=7)
    factories.UsageSnapshotFactory(connection=golf, last_job_at=week + timedelta(minutes=1))
    factories.UsageSnapshotFactory(connection=acme, last_job_at=week)

    assert names(signed_in_admin.get(URL, {"subscription": "trial"})) == ["Golf Gardens"]
    assert names(signed_in_admin.get(URL, {"usage": "active"})) == ["Golf Gardens"]
    assert names(signed_in_admin.get(URL, {"usage": "inactive"})) == ["Acme"]
    assert names(signed_in_admin.get(URL, {"access": "expired"})) == ["Acme"]
    assert names(signed_in_admin.get(URL, {"access": "active"})) == ["Golf Gardens"]


def test_filters_combine_stand_in_the_url_and_come_off_one_by_one(signed_in_admin, branch):
    a_client(branch, "Acme", paused=True)
    a_client(branch, "Acme Client Pays", paused=True, client_pays=True)
    a_client(branch, "Bolt", paused=True)

    response = signed_in_admin.get(URL, {"q": "acme", "status": "paused", "model": "bill_us"})

    assert names(response) == ["Acme"]
    chips = {chip.label: chip.remove for chip in response.context["chips"]}
    assert chips == {
        "Search: acme": "?status=paused&model=bill_us",
        "Status: Paused": "?q=acme&model=bill_us",
        "Billing model: Bill Us": "?q=acme&status=paused",
    }


def test_forged_filter_values_are_said_and_left_out(signed_in_admin, connection):
    response = signed_in_admin.get(
        f"{URL}?status=nonsense&branch=x&tag=99999999999999999999&model=9"
    )

    assert response.status_code == 422
    assert names(response) == ["Acme Bakery"]


@pytest.mark.parametrize(
    "sort", ["name", "-name", "connected", "-connected", "activity", "-activity"]
)
def test_every_sort_puts_empty_values_last_and_pages_walk_it(
    signed_in_admin, branch, sort, monkeypatch
):
    monkeypatch.setattr("clients.http.PAGE_SIZE", 2)
    now = timezone.now()
    for number in range(5):
        seen = now - timedelta(days=number // 2) if number < 3 else None
        since = date(2025, 1, 1 + number // 2) if number < 3 else None
        a_client(branch, f"Client {number}", last_activity_at=seen, connected_on=since)

    forwards = walk(signed_in_admin, f"{URL}?sort={sort}", "next_url")
    last = forwards[-1]
    backwards = walk(
        signed_in_admin,
        last.request["PATH_INFO"] + "?" + last.request["QUERY_STRING"],
        "previous_url",
    )

    rows = [row for response in forwards for row in response.context["page"].rows]
    column = ORDERS[sort].column
    values = [getattr(row, column) for row in rows]
    known = [value for value in values if value is not None]
    assert len({row.pk for row in rows}) == 5
    assert known == sorted(known, reverse=sort.startswith("-"))
    assert all(value is None for value in values[len(known) :])
    assert [names(r) for r in backwards[::-1]] == [names(r) for r in forwards]
    assert [r.context["page"].start for r in forwards] == [1, 3, 5]


def walk(client, url: str, direction: str) -> list:
    """The responses from this page to the end, in one direction."""
    found = []
    while url:
        response = client.get(url)
        found.append(response)
        step = getattr(response.context["page"], direction)
        url = URL + step if step else ""
    return found


def test_the_foot_counts_pages_and_total(signed_in_admin, branch, monkeypatch):
    monkeypatch.setattr("clients.http.PAGE_SIZE", 2)
    for number in range(5):
        a_client(branch, f"Acme {number}")
    a_client(branch, "Bolt")

    first = signed_in_admin.get(URL, {"q": "acme"})
    second = signed_in_admin.get(URL + first.context["page"].next_url)

    assert "1–2 of 5" in " ".join(first.content.decode().split())
    assert "3–4 of 5" in " ".join(second.content.decode().split())
    assert "q=acme" in second.context["page"].next_url


def test_counting_stops_at_the_cap_until_asked(signed_in_admin, branch, monkeypatch):
    monkeypatch.setattr("clients.http.PAGE_SIZE", 1)
    monkeypatch.setattr("clients.http.MOST_COUNTED", 2)
    for number in range(4):
        a_client(branch, f"Acme {number}")

    assert signed_in_admin.get(URL).context["page"].is_capped
    assert signed_in_admin.get(URL, {"count": "exact"}).context["page"].total == 4


@pytest.mark.parametrize("cursor", ["nonsense", "WzEsMl0", "W251bGwsMV0", "%00", "e30"])
def test_a_broken_cursor_starts_the_list_over(signed_in_admin, connection, cursor):
    response = signed_in_admin.get(f"{URL}?after={cursor}&start=xyz")

    assert response.status_code == 200
    assert names(response) == ["Acme Bakery"]


def test_columns_are_chosen(signed_in_admin, connection):
    plain = signed_in_admin.get(URL).content.decode()
    chosen = signed_in_admin.get(f"{URL}?column=plan&column=access").content.decode()

    assert '<th scope="col">Plan</th>' not in plain
    assert '<th scope="col">Plan</th>' in chosen
    assert '<th scope="col">Access Status</th>' in chosen


def test_an_empty_result_explains_itself(signed_in_admin, connection):
    html = signed_in_admin.get(URL, {"q": "nonsense"}).content.decode()

    for words in ("Remove all filters", "Check Disconnected", "branch access", "Ask a Super Admin"):
        assert words in html


def test_members_see_their_assigned_clients_only(client, assigned_member, branch):
    a_client(branch, "Adam's alone")
    client.force_login(assigned_member)

    response = client.get(URL)
    searched = client.get(URL, {"q": "adam"})

    assert names(response) == ["Acme Bakery"]
    assert response.context["page"].total == 1
    assert names(searched) == []
    assert searched.context["page"].total == 0
    assert "Adam" not in client.get(f"{URL}suggest/?q=adam").content.decode().replace("“adam”", "")


def test_restricted_clients_hide_from_all_but_the_named(client, branch_admin, super_admin, branch):
    a_client(branch, "Secret", restricted=True)

    client.force_login(branch_admin)
    assert names(client.get(URL)) == []

    client.force_login(super_admin)
    assert names(client.get(URL)) == ["Secret"]


def test_the_row_offers_access_or_its_set_up(client, branch_admin, assigned_member, connection):
    client.force_login(branch_admin)
    assert f"formaction={connection.pk}/set-up-access/" in client.get(URL).content.decode()

    client.force_login(assigned_member)
    assert f"formaction={connection.pk}/access/" in client.get(URL).content.decode()


def test_names_of_any_script_are_escaped_and_whole(signed_in_admin, branch):
    wild = '<script>alert(1)</script> "O\'Brien" & شركة 株式会社 🍞'
    a_client(branch, wild)

    html = signed_in_admin.get(URL).content.decode()

    assert "<script>alert" not in html
    assert "شركة 株式会社 🍞" in html


def test_htmx_gets_the_table_alone(signed_in_admin, connection):
    fragment = signed_in_admin.get(URL, headers={"HX-Request": "true"})

    html = fragment.content.decode()
    assert "<html" not in html
    assert 'id="client-table"' in html
    assert "HX-Request" in fragment["Vary"]


def test_other_firms_have_no_such_list(client, outsider, firm):
    client.force_login(outsider)

    assert client.get(URL).status_code == 404


def test_the_query_count_does_not_grow(signed_in_admin, branch, django_assert_num_queries):
    tags = [factories.TagFactory(firm=branch.firm) for _ in range(3)]
    factories.UsageSnapshotFactory(connection=a_client(branch, "One", tag_ids=[tags[0].pk]))
    with django_assert_num_queries(QUERIES):
        signed_in_admin.get(URL)
    for number in range(2):
        row = a_client(branch, f"More {number}", tag_ids=[tag.pk for tag in tags])
        factories.UsageSnapshotFactory(connection=row)

    with django_assert_num_queries(QUERIES):
        signed_in_admin.get(URL)


# Six, and three that only the transaction around a test brings: a savepoint, and the way back.
QUERIES = 9


def test_tags_are_made_once(firm):
    with factories.arranging():
        first = Tag.objects.named(firm.pk, ["VIP", "vip ", "ＶＩＰ"])
        again = Tag.objects.named(firm.pk, ["Vip"])

    assert [tag.pk for tag in first] == [tag.pk for tag in again]
    assert first[0].name == "VIP"


@pytest.mark.parametrize("query", ["", "?q=acme", "?sort=-activity&after=x", "?status=paused"])
def test_a_member_without_assignments_has_an_empty_list(
    client, unassigned_member, connection, query
):
    client.force_login(unassigned_member)

    response = client.get(URL + query)

    assert response.status_code == 200
    assert names(response) == []


def test_the_primary_accountant_is_a_column_on_demand(
    signed_in_admin, branch, unassigned_member, django_assert_num_queries
):
    """F-061: the star of those whose assignment runs; one statement for one row and for three."""
    for name, facts in {
        "Acme": {"is_primary": True},
        "Bolt": {"is_primary": True, "ended": True},
        "Coil": {"is_primary": False},
    }.items():
        row = a_client(branch, name)
        factories.TeamAssignmentFactory(content_object=row, user=unassigned_member, **facts)
        with django_assert_num_queries(QUERIES):
            chosen = signed_in_admin.get(f"{URL}?column=primary&column=plan").content.decode()

    plain = signed_in_admin.get(URL).content.decode()
    assert chosen.count("★</span> <bdi>Una London Member</bdi>") == 1
    assert ("Una London Member" in plain, "★" in plain) == (False, False)
