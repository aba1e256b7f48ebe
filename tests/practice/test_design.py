"""The living page of components."""

from django.urls import reverse


def test_it_shows_itself(client, db):
    response = client.get(reverse("practice:design"))

    assert response.status_code == 200
    assert "Components" in response.content.decode()


def test_its_palette_answers_with_options(client, db):
    html = client.get(reverse("practice:design"), {"q": "åland"}).content.decode()

    assert html.count('role="option"') == 1
    assert "Åland Brygge AB" in html


def test_it_is_not_there_in_production(client, db, settings):
    settings.PRODUCTION = True

    assert client.get(reverse("practice:design")).status_code == 404
