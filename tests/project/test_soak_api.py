"""`manage.py soak api` in its short form: the API answers as its schema says."""

import pytest
from django.core.management import call_command

from bench import soak_api

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_answer_is_in_the_schema(capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("soak", "api", "--examples=10", "--seed=3")

    told = soak_api.json.loads(capsys.readouterr().out)
    assert told["shown"] == []
    assert (told["violations"], ended.value.code) == (0, 0)
    assert told["requests"] > 100
    assert {"200", "401", "403", "405", "415", "422"} <= set(told["answers"])


def test_an_answer_that_is_not_described_is_found(monkeypatch, capsys):
    monkeypatch.setattr("clients.api.described", lambda row: {"id": row.pk})

    result = soak_api.soak(examples=1, seed=1)

    assert any("response_schema_conformance" in one for one in result["shown"])
