"""Light, dark or as the system says."""

import pytest
from django.urls import reverse


@pytest.fixture
def url() -> str:
    return reverse("practice:appearance")


@pytest.mark.parametrize(
    ("theme", "says"),
    [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ("auto", "")],
)
def test_the_choice_is_kept(client, db, url, theme, says):
    response = client.post(url, {"theme": theme, "next": "/login/"})

    assert (response.status_code, response["Location"]) == (302, "/login/")
    assert f'<html lang="en"{says}>' in client.get("/login/").content.decode()


def test_an_unknown_theme_is_refused(client, db, url):
    assert client.post(url, {"theme": '"><script>'}).status_code == 400


def test_a_forged_cookie_is_ignored(client, db):
    client.cookies["theme"] = "midnight"

    assert '<html lang="en">' in client.get("/login/").content.decode()


def test_the_way_back_stays_on_this_site(client, db, url):
    response = client.post(url, {"theme": "dark", "next": "//elsewhere.test/"})

    assert response["Location"] == "/"
