"""A sign-in link that many open at once: one of them is signed in (F-160a)."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from bench.races_scene import Scene
from bench.soak_cast import a_branch, a_client, a_firm, a_person, arranging
from clients.models import Contact, ContactAccess
from portal.actions.signing_in import use_link
from portal.models import LinkKind, SignInLink
from practice import clock
from practice.models import User
from practice.models.api_keys import hash_of


def sign_in_link(_number: int) -> Scene:
    with arranging():
        firm = a_firm()
        client = a_client(a_branch(firm, "London"), "Acme")
        email = f"{uuid4().hex}@soak.test"
        facts = {"firm": firm, "email": email, "email_key": email, "name": "Tom"}
        tom = Contact.objects.create(**facts)
        ContactAccess.objects.create(firm=firm, contact=tom, connection=client)
        link = SignInLink.objects.create(
            firm=firm,
            contact=tom,
            kind=LinkKind.MAGIC,
            email=email,
            token_hash=hash_of(uuid4().hex),
            code_hash="",
            ends_at=clock.now() + timedelta(hours=1),
        )
        anybody = a_person("Anybody")

    def problems(won: int) -> Iterator[str]:
        if won != 1:
            yield f"{won} sign-ins"
        if User.objects.filter(email_key=email).count() != 1:
            yield "not one login"

    def press() -> bool:
        return bool(use_link(link, browser=""))

    return Scene(firm, [(anybody, press)], problems)
