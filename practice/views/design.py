"""Every component in every state, on one living page. Not there in production."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from practice import clock
from practice.charts import Part, Series

MONTHS = ["Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
ACTIVE = [38, 41, 45, 44, 50, 54, 57, 60, 58, 63, 66, 68]
PAUSED = [4, 5, 4, 7, 6, 5, 7, 6, 9, 7, 6, 8]
NAMES = [
    ("3M", "1001", "active", "Bill Us", ["Seasonal", "Tax"], 5),
    ("A. O. Smith", "1002", "active", "Bill Us", ["VIP"], 0),
    ("Åland Brygge AB", "1009", "paused", "Bill Us", ["Tax", "Retail"], 34),
    ("شركة النور للتجارة", "1010", "pending", "Client Pays", [], None),
    (
        "Bank of New York Mellon Corporation and Sons (Holdings)",
        "1012",
        "disconnected",
        "",
        [],
        400,
    ),
    ("株式会社サンプル 🌿", "1013", "reconnecting", "Client Pays", ["Bookkeeping"], 1),
]


class SampleForm(forms.Form):
    """One of each control."""

    name = forms.CharField(label="Company name", max_length=300)
    email = forms.EmailField(required=False, help_text="Invoices go to this address.")
    branch = forms.ChoiceField(choices=[("1", "London"), ("2", "Dublin")])
    billing = forms.ChoiceField(
        label="Billing model",
        choices=[("bill_us", "Bill Us"), ("client_pays", "Client Pays")],
        widget=forms.RadioSelect,
        help_text="This cannot be changed later.",
    )
    currency = forms.CharField(disabled=True, required=False, initial="GBP")
    notes = forms.CharField(label="Internal notes", required=False, widget=forms.Textarea)
    file = forms.FileField(required=False)
    shared = forms.BooleanField(label="Share with the firm", required=False)


@login_not_required
@require_GET
def design(request: HttpRequest) -> HttpResponse:
    if settings.PRODUCTION:
        raise Http404("No such page.")
    if "q" in request.GET:
        found = [
            row for row in rows() if request.GET["q"].casefold() in str(row["name"]).casefold()
        ]
        return render(request, "practice/design.html#options", {"rows": found})
    now = clock.now()
    context = {
        "form": SampleForm(initial={"name": "Acme Bakery Ltd"}),
        "wrong": SampleForm({"email": "cara@", "branch": "1"}, auto_id="wrong_%s"),
        "states": "active paused pending disconnected reconnecting expired failed".split(),
        "rows": list(rows()),
        "person": SimpleNamespace(initials="OL"),
        "days": [*(now + timedelta(days=d) for d in (-0.003, -1, 9)), None],
        "now": now,
        "sections": [
            ("overview", "Overview", "#tabs", None),
            ("notes", "Notes", "#tabs", 4),
            ("files", "Files", "#tabs", 1204),
        ],
        "months": MONTHS,
        "figures": ACTIVE,
        "series": [Series("Active", ACTIVE), Series("Paused", PAUSED, "warn")],
        "parts": [
            Part("Active", 6912, "good", "#charts", is_on=True),
            Part("Inactive", 894, "warn", "#charts"),
            Part("Dormant", 551, "bad", "#charts"),
        ],
        "page": SimpleNamespace(
            label="51–100 of 1,000+", exact_url="#table", previous_url="#table", next_url=""
        ),
    }  # fmt: skip
    return render(request, "practice/design.html", context)


def rows() -> Iterator[dict[str, object]]:
    now = clock.now()
    for i, (name, number, state, billing, tags, days) in enumerate(NAMES):
        yield {
            "name": name,
            "number": number,
            "status": state,
            "billing": billing,
            "tags": tags,
            "seen_at": None if days is None else now - timedelta(days=days),
            "connected_on": now.date() - timedelta(days=150 + i * 41),
            "usage": [] if days is None else ACTIVE[i:] + PAUSED[:i],
            "open": i % 3 or "",
        }
