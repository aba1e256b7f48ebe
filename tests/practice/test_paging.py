"""Keyset pages: every row once, in order, both ways; a bad cursor shows the first page."""

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.http import QueryDict
from django.utils import timezone

from practice.models import Job, Message
from practice.paging import Cursor, Order, paginate
from tests.factories import JobFactory, MessageFactory

pytestmark = pytest.mark.django_db

BY_NAME = Order(("key", "id"))
NEWEST = Order(("created_at", "id"), is_descending=True)
BY_END = Order(("finished_at", "id"), nulls_last=True)
BY_END_DOWN = Order(("finished_at", "id"), is_descending=True, nulls_last=True)


@pytest.fixture
def messages(firm):
    now = timezone.now()
    return [
        MessageFactory(firm=firm, key=f"k{n:02}", created_at=now - timedelta(microseconds=n // 3))
        for n in range(23)
    ]


@pytest.fixture
def jobs_with_gaps(firm):
    now = timezone.now()
    ends = [None, *(now + timedelta(hours=n // 2) for n in range(9)), None, None, None]
    return [JobFactory(firm=firm, finished_at=end) for end in ends]


def walk(rows, order, size, step="next_url", start=""):
    """All pages from one end to the other."""
    pages, url = [], start
    while True:
        page = paginate(rows, order, QueryDict(url.lstrip("?")), size=size)
        pages.append(page)
        url = getattr(page, step)
        if not url:
            return pages


@pytest.mark.parametrize("order", [BY_NAME, NEWEST])
@pytest.mark.parametrize("size", [1, 5, 23, 50])
def test_every_row_once_and_in_order(messages, order, size):
    expected = list(Message.objects.order_by(*order.columns()))

    pages = walk(Message.objects.all(), order, size)

    assert [row for page in pages for row in page] == expected
    assert [page.start for page in pages] == list(range(1, 24, size))
    assert {page.total for page in pages} == {23}


@pytest.mark.parametrize("order", [BY_END, BY_END_DOWN])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 20])
def test_rows_without_a_value_come_last_both_ways(jobs_with_gaps, order, size):
    expected = list(Job.objects.order_by(*order.columns()))
    assert [row.finished_at for row in expected[-4:]] == [None] * 4

    forward = walk(Job.objects.all(), order, size)
    last = forward[-2].next_url if len(forward) > 1 else ""
    backward = walk(Job.objects.all(), order, size, step="previous_url", start=last)

    assert [row for page in forward for row in page] == expected
    assert [page.rows for page in reversed(backward)] == [page.rows for page in forward]
    assert [page.start for page in reversed(backward)] == [page.start for page in forward]


def test_the_label_says_where_one_is(messages):
    first = paginate(Message.objects.all(), BY_NAME, QueryDict(), size=10)
    second = paginate(Message.objects.all(), BY_NAME, QueryDict(first.next_url[1:]), size=10)
    capped = paginate(Message.objects.all(), BY_NAME, QueryDict(), size=10, cap=20)
    exact = paginate(
        Message.objects.all(), BY_NAME, QueryDict(capped.exact_url[1:]), size=10, cap=20
    )
    empty = paginate(Message.objects.none(), BY_NAME, QueryDict())

    assert [page.label for page in (first, second, capped, exact, empty)] == [
        "1–10 of 23",
        "11–20 of 23",
        "1–10 of 20+",
        "1–10 of 23",
        "0",
    ]


def test_filters_stay_and_old_cursors_go(messages):
    params = QueryDict("state=waiting&tag=1&tag=2&before=old")

    page = paginate(Message.objects.all(), BY_NAME, params, size=10)

    query = parse_qs(page.next_url[1:])
    assert (query["state"], query["tag"]) == (["waiting"], ["1", "2"])
    assert "before" not in query


def encoded(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "🙂",
        "a" * 5000,
        encoded([]),
        encoded({}),
        encoded(["k05"]),
        encoded(["k05", "many", 2]),
        encoded(["k05", 1, "2"]),
        encoded(["k05", 1, None]),
        encoded([None, 1, 2]),
        encoded([["k05"], 1, 2]),
        encoded(["k\0", 1, 2]),
        encoded(["k\ud800", 1, 2]),
        encoded(["k05", 10**30, 2]),
        encoded(["k05", 1e400, 2]),
    ],
)
@pytest.mark.parametrize("name", ["after", "before"])
def test_a_cursor_that_makes_no_sense_shows_the_first_page(messages, cursor, name):
    params = QueryDict(mutable=True)
    params[name] = cursor

    page = paginate(Message.objects.all(), BY_NAME, params, size=5)

    assert (page.start, page.rows) == (1, messages[:5])


def test_a_cursor_of_another_order_shows_the_first_page(messages):
    cursor = str(Cursor(["k05", 1], 6))
    params = QueryDict(f"after={cursor}")

    page = paginate(Message.objects.all(), NEWEST, params, size=5)

    assert page.start == 1


def test_before_the_beginning_is_the_first_page(messages):
    page = paginate(
        Message.objects.all(),
        BY_NAME,
        QueryDict(f"before={Cursor(['k02', messages[2].pk], 40)}"),
        size=5,
    )

    assert (page.start, page.rows, page.previous_url) == (1, messages[:5], "")


def test_a_page_takes_two_queries(messages, django_assert_num_queries):
    first = paginate(Message.objects.all(), BY_NAME, QueryDict(), size=5)

    with django_assert_num_queries(2):
        paginate(Message.objects.all(), BY_NAME, QueryDict(first.next_url[1:]), size=5)
    with django_assert_num_queries(1):
        paginate(Message.objects.all(), BY_NAME, QueryDict(), size=5, total=23)
