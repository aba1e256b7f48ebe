"""/api/v1/docs and /api/v1/openapi.json are made of the code, and say all of it (F-226)."""

import ast
import json
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from clients import api
from clients.actions.usage import checking
from practice.api.describing import document, operations
from practice.roles import ApiScope
from tests import factories
from tests.clients.sending import SECRET, bearer, event, send
from tests.project.routes import routes

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
DOCS, SCHEMA = "/api/v1/docs", "/api/v1/openapi.json"


def test_the_schema_is_open_to_programs():
    response = Client().get(SCHEMA)

    assert response.status_code == 200
    assert response.json() == json.loads(json.dumps(document()))
    assert response.json()["openapi"].startswith("3.1")


def test_every_address_of_the_api_is_in_the_schema():
    served = {
        (reverse(route.name), route.view.operation.method.lower())
        for route in routes()
        if hasattr(route.view, "operation")
    }
    under = {reverse(r.name) for r in routes() if not r.arguments and "api-" in r.name
             and "firm_slug" not in r.arguments}  # fmt: skip

    written = {(path, method) for path, said in document()["paths"].items() for method in said}
    assert served == written
    assert under - {DOCS, SCHEMA} == {path for path, _ in written}


def raised() -> set[int]:
    """Every status that the code of the API refuses with."""
    found = set()
    for file in (*(ROOT / "practice" / "api").glob("*.py"), ROOT / "clients" / "api.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                found.add(node.args[0].value)
    return found


def test_every_refusal_of_the_code_is_described():
    described = {refusal.status for one in operations() for refusal in one.refusals}

    assert raised() == described | {404, 405}


def test_a_client_has_the_fields_of_the_schema(connection):
    assert list(api.described(connection)) == list(api.CLIENT["properties"])


def test_an_event_has_the_fields_of_the_schema():
    assert set(api.EVENT["properties"]) == checking.FIELDS


def test_the_examples_are_answers_of_the_product(connection, firm):
    """What the page shows to copy is taken, and has the shape of what comes back."""
    factories.ApiKeyFactory(firm=firm, secret=SECRET, scopes=ApiScope.values)
    sample = event(
        1, **{k: v for k, v in api.SEND_ACTIVITY.sample["events"][0].items() if k != "at"}
    )

    answer = send([sample]).json()
    page = Client().get("/api/v1/clients", headers=bearer()).json()

    assert answer == {"new": 1, "known": 0, "refused": []}
    assert list(answer) == list(api.SEND_ACTIVITY.example)
    assert list(page["clients"][0]) == list(api.LIST_CLIENTS.example["clients"][0])


def test_the_page_shows_every_operation_field_and_refusal():
    page = Client().get(DOCS)

    text = page.content.decode()
    assert page.status_code == 200
    for operation in operations():
        assert f"{operation.method} {operation.path}" in text
        assert f"<code>{operation.scope}</code>" in text
        assert operation.refuses_writing in text
        for refusal in operation.refusals:
            assert f'<th scope="row">{refusal.status}</th>' in text
    for name in (*api.CLIENT["properties"], *(f"events[].{name}" for name in checking.FIELDS)):
        assert name in text
    assert "<script>" not in text
    assert "//cdn" not in text


@pytest.mark.parametrize("address", ["/api/v1/", "/api/v1/nothing", "/api/v1/clients/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_another_address_answers_in_json(address, method):
    response = getattr(Client(enforce_csrf_checks=True), method)(address)

    assert response.status_code == 404
    assert response.json() == {"error": "There is no such address in this API."}


def test_the_settings_lead_to_it(client, super_admin):
    client.force_login(super_admin)

    assert f'href="{DOCS}"' in client.get("/harbour/settings/api/").content.decode()
