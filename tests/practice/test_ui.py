"""The component tags, by what they write."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone

from clients.permissions import CREATE_CLIENTS, UPDATE_CLIENTS
from clients.roles import AccessStatus, ConnectionStatus
from practice.auth import explain, find_standing
from practice.permissions import Rule, Verdict
from practice.templatetags import wording
from practice.templatetags.ui import status

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
NO = Verdict((Rule("Role", holds=False, words="Your role lacks “Create Clients”."),))
YES = Verdict((Rule("Role", holds=True, words="Your role includes “Create Clients”."),))


def rendered(text: str, **context: object) -> str:
    return engines["django"].from_string(text).render(context).strip()


def test_an_icon_leaves_out_what_its_style_says_and_keeps_its_shapes():
    html = rendered('{% icon "mail" %}')

    frame, shapes = html.split(">", 1)
    assert "stroke-width" not in frame
    assert "height=" not in frame
    assert '<rect x="2" y="4" width="20" height="16" rx="2"' in shapes
    assert "\n" not in html


def test_a_button_is_a_link():
    html = rendered('{% button "Export" href=url hx_get="/y/" %}', url="/x/?a=1&b=2")

    assert html == '<a class="button" href="/x/?a=1&amp;b=2" hx-get="/y/">Export</a>'


@pytest.mark.parametrize("lacks", [NO, "Your role lacks “Create Clients”."])
@pytest.mark.parametrize("tag", ["button", "submit", "item"])
def test_what_one_may_not_do_stays_and_says_why(tag, lacks):
    html = rendered("{% " + tag + ' "Add Client" lacks=why %}', why=lacks)

    assert 'aria-disabled="true"' in html
    assert 'aria-description="Your role lacks “Create Clients”."' in html
    assert "href" not in html
    assert 'type="submit"' not in html


@pytest.mark.parametrize("lacks", [YES, "", None])
def test_what_one_may_do_is_enabled(lacks):
    html = rendered('{% submit "Save" name="go" value="1" lacks=why %}', why=lacks)

    assert html == '<button type="submit" class="button primary" name="go" value="1">Save</button>'


@pytest.mark.parametrize(
    ("persona", "why"),
    [("super_admin", ""), ("assigned_member", "You need the permission “Create Clients”.")],
)
def test_lacks_names_the_permission(persona, why, request, firm, branch):
    asked = RequestFactory().get("/")
    asked.user = request.getfixturevalue(persona)
    asked.standing = find_standing(asked.user, firm.pk)

    html = rendered("{% lacks perm %}", request=asked, perm=CREATE_CLIENTS)
    about_row = rendered(
        "{% lacks perm branch %}", request=asked, perm=CREATE_CLIENTS, branch=branch
    )

    assert (html, about_row) == (why, why)


def test_lacks_tells_a_state_from_a_permission(assigned_member, connection):
    connection.status = ConnectionStatus.PAUSED
    asked = SimpleNamespace(user=assigned_member)

    html = rendered("{% lacks perm row %}", request=asked, perm=UPDATE_CLIENTS, row=connection)

    assert html == explain(assigned_member, UPDATE_CLIENTS, connection).reason
    assert "paused" in html


@pytest.mark.parametrize(
    ("value", "html"),
    [
        ("active", '<span class="status good">Active</span>'),
        (ConnectionStatus.RECONNECTING, '<span class="status warn">Reconnection pending</span>'),
        ("reconnecting", '<span class="status warn">Reconnection pending</span>'),
        (AccessStatus.DISABLED, '<span class="status bad">Disabled by client</span>'),
        ("no_change", '<span class="status mute">No change</span>'),
        ("", ""),
    ],
)
def test_a_status_is_a_word_with_a_dot(value, html):
    assert status(value) == html


def test_a_tag_escapes():
    assert rendered("{% tag name %}", name="<VIP>") == '<span class="tag">&lt;VIP&gt;</span>'


def test_a_chip_can_be_removed():
    html = rendered('{% chip "Status: Active" remove="?" %}')

    assert html.startswith('<span class="chip on">Status: Active<a class="cross" href="?"')
    assert 'aria-label="Remove Status: Active"' in html


def test_a_card_names_its_link():
    html = rendered('{% card "Account Details" link="/edit/" %}<p>{{ x }}</p>{% endcard %}', x="<")

    assert '<a class="link" href="/edit/">Edit<span class="vh"> Account Details</span></a>' in html
    assert "<p>&lt;</p></section>" in html


def test_a_bad_alert_is_announced():
    assert 'class="alert bad" role="alert"' in rendered('{% alert "bad" %}No{% endalert %}')
    assert "role" not in rendered('{% alert "info" %}Yes{% endalert %}')


def test_an_empty_list_offers_what_would_fill_it():
    html = rendered('{% empty "No clients" "Import a list." %}{% button "Import" %}{% endempty %}')

    assert html.startswith('<div class="empty"><h2>No clients</h2><p>Import a list.</p>')
    assert 'class="actions"' in html
    assert 'class="actions"' not in rendered('{% empty "None" %}{% endempty %}')


def test_tabs_mark_the_current_one():
    items = [("a", "Overview", "/a/", None), ("b", "Notes", "/b/", 4)]

    html = rendered('{% tabs items "b" %}', items=items)

    assert '<a href="/a/">Overview</a>' in html
    assert '<a href="/b/" aria-current="page">Notes <span>4</span></a>' in html


def test_a_menu_opens_without_a_script():
    html = rendered('{% menu "More" %}{% item "Edit" href="/e/" %}{% endmenu %}')

    assert html.startswith('<details class="menu" name="menu"><summary class="button">More')
    assert '<a class="" href="/e/">Edit</a>' in html


def test_progress_shows_real_numbers():
    html = rendered('{% progress 12 1218 "Checking" %}')

    assert '<progress value="12" max="1218">' in html
    assert "12 of 1,218" in html


def test_the_pager_leads_both_ways():
    page = SimpleNamespace(label="51–100 of 120", exact_url="", previous_url="?b=1", next_url="")

    html = rendered("{% pager page %}", page=page)

    assert '<a class="button" rel="prev" href="?b=1">Previous</a>' in html
    assert '<span class="button" aria-hidden="true">Next</span>' in html


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (NOW, "just now"),
        (NOW - timedelta(minutes=1), "1 minute ago"),
        (NOW - timedelta(hours=3), "3 hours ago"),
        (NOW - timedelta(hours=20), "yesterday"),
        (NOW - timedelta(days=95), "95 days ago"),
        (NOW - timedelta(days=800), "2 years ago"),
        (NOW + timedelta(minutes=5), "in 5 minutes"),
        (NOW + timedelta(days=1), "tomorrow"),
        (NOW + timedelta(days=9), "in 9 days"),
    ],
)
def test_ago(then, words):
    assert wording.ago_words(then, NOW) == words


def test_ago_counts_the_days_of_the_reader():
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)

    with timezone.override("Asia/Tokyo"):
        words = wording.ago_words(late, datetime(2026, 11, 21, 1, 0, tzinfo=UTC))

    assert words == "1 hour ago"


def test_dates_carry_the_instant(db):
    html = rendered("{% day on %} {% moment at %} {% ago none %}", on=date(2025, 6, 7), at=NOW)

    assert html == (
        '<time datetime="2025-06-07">7 Jun 2025</time>'
        ' <time datetime="2026-11-21T18:00+00:00">21 November 2026, 18:00</time>'
        ' <span class="quiet">never</span>'
    )


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (Decimal("1234.5"), "GBP", "£1,234.50"),
        (Decimal("-3"), "EUR", "−€3.00"),
        (Decimal("1234.5"), "CHF", "CHF 1,234.50"),
        (Decimal("1500"), "JPY", "¥1,500"),
        (Decimal("6.5"), "KWD", "KWD 6.500"),
    ],
)
def test_money(amount, currency, words):
    assert wording.money_words(amount, currency) == words


class SampleForm(forms.Form):
    name = forms.CharField(help_text="As on the letterhead.")
    kind = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(required=False)
    token = forms.CharField(widget=forms.HiddenInput)


def test_a_field_ties_label_help_and_error_to_its_control():
    html = rendered("{% field form.name %}", form=SampleForm({}))

    assert '<label for="id_name">Name</label>' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html


def test_choices_are_a_fieldset():
    html = rendered("{% field form.kind %}", form=SampleForm())

    assert "<legend>Kind" in html
    assert '<label for="id_kind_0">' in html


def test_a_form_begins_with_what_is_wrong():
    html = rendered("{{ form }}", form=SampleForm({"kind": "a", "token": "t"}))

    assert html.startswith('<div class="alert bad" role="alert"')
    assert '<a href="#id_name">Name</a>: This field is required.' in html
    assert '<input type="hidden" name="token" value="t"' in html


def test_an_untouched_form_complains_of_nothing():
    assert "alert" not in rendered("{{ form }}", form=SampleForm())
