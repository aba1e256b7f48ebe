"""The permission matrix: reading the reviewed table, asking the product, comparing."""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from practice.models import User
from tests.project.routes import Route

TABLE = Path(__file__).parent / "permissions.csv"
METHODS = ("GET", "POST")
PERSONAS = (
    "anonymous",
    "super_admin",
    "billing_admin",
    "viewer",
    "branch_owner",
    "branch_admin",
    "assigned_member",
    "unassigned_member",
    "contact",
    "account_owner",
    "outsider",
    "operator",
)
FORM = "application/x-www-form-urlencoded"
BODY = "csrfmiddlewaretoken=x"  # a form that was sent without being filled in


@dataclass(frozen=True)
class Question:
    """One row of the table: an address, the variant of the row that it names, a method."""

    url: str
    about: str
    method: str


def expected() -> dict[Question, dict[str, str]]:
    """The reviewed table. A cell may hold alternatives: `200|404`."""
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        Question(row["url"], row["about"], row["method"]): {p: row[p] for p in PERSONAS}
        for row in rows
    }


def bundles(routes: list[Route], size: int) -> list[list[Route]]:
    """Addresses that share one world: what each of them writes is rolled back."""
    return [routes[start : start + size] for start in range(0, len(routes), size)]


def questions(route: Route, objects: dict[str, dict[str, object]]) -> Iterator[Question]:
    for about in variants(route, objects):
        for method in METHODS:
            yield Question(route.name, about, method)


def variants(route: Route, objects: dict[str, dict[str, object]]) -> list[str]:
    """The variants of the address's one row; "-" for an address without one."""
    several = [list(objects[name]) for name in sorted(route.arguments) if len(objects[name]) > 1]
    return several[0] if several else ["-"]


def address(route: Route, about: str, objects: dict[str, dict[str, object]]) -> str:
    words = {}
    for name in route.arguments:
        choices = objects[name]
        words[name] = choices.get(about, next(iter(choices.values())))
    return reverse(route.name, kwargs=words)


def sign_in(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def ask(client: Client, method: str, url: str) -> str:
    """What the person is answered; nothing that the request wrote remains."""
    cookies = client.cookies.output()
    with transaction.atomic():
        answer = read(client.generic(method, url, BODY if method == "POST" else "", FORM))
        transaction.set_rollback(True)
    client.cookies.load(cookies.replace("Set-Cookie: ", ""))
    return answer


def read(response: HttpResponse) -> str:
    """The status; a redirect to a page of signing in reads `login`."""
    target = response.get("Location", "")
    door = reverse("portal:sign-in", args=["harbour"])
    sign_in = (reverse(settings.LOGIN_URL), reverse("admin:login"), door)
    if response.status_code == 302 and target.startswith(sign_in) and "next=" in target:
        return "login"
    if getattr(response, "streaming", False):
        b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return str(response.status_code)


def deviations(
    question: Question, answers: dict[str, str], wanted: dict[str, str] | None
) -> Iterator[str]:
    where = f"{question.method} {question.url} ({question.about})"
    if wanted is None:
        yield f"{where} is missing in permissions.csv"
        return
    for persona, answer in answers.items():
        if answer not in wanted[persona].split("|"):
            yield f"{where} as {persona}: {answer} instead of {wanted[persona]}"


def note_found(question: Question, answers: dict[str, str]) -> None:
    """For review: `PERMISSIONS_FOUND=file` collects what the product answers today."""
    if path := os.environ.get("PERMISSIONS_FOUND"):
        with Path(path).open("a", newline="") as file:
            csv.writer(file).writerow(
                [question.url, question.about, question.method, *answers.values()]
            )


def admin_addresses() -> list[str]:
    """A list, an empty form and the history of every registered model."""
    names = [
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
        for model in admin.site._registry
        for page in ("changelist", "add")
    ]
    return [reverse("admin:index"), *(reverse(name) for name in names)]
