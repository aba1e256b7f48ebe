"""A passkey without a browser: what a device answers to our questions, as the browser sends it."""

import hashlib
import json
import secrets
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from practice.models import User

HOST = "localhost"  # the one address without TLS that browsers and fido2 trust
ORIGIN = f"http://{HOST}"
FLAG = AuthenticatorData.FLAG


class Device:
    """One credential, kept for one person."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.user_handle = ""

    def create(self, options: dict[str, Any]) -> str:
        """The answer to `creation_options`."""
        asked = options["publicKey"]
        self.user_handle = asked["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        data = self.data(asked["rp"]["id"], credential)
        attested = AttestationObject.create("none", data, {})
        said = self.client_data("webauthn.create", asked["challenge"])
        return self.answer(
            {"clientDataJSON": said, "attestationObject": attested},
            clientExtensionResults={"credProps": {"rk": True}},
        )

    def get(self, options: dict[str, Any]) -> str:
        """The answer to `request_options`."""
        asked = options["publicKey"]
        data = self.data(asked["rpId"])
        said = self.client_data("webauthn.get", asked["challenge"])
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        facts = {"clientDataJSON": said, "authenticatorData": data, "signature": signature}
        return self.answer({**facts, "userHandle": websafe_decode(self.user_handle)})

    def data(
        self, rp_id: str, credential: AttestedCredentialData | None = None
    ) -> AuthenticatorData:
        flags = FLAG.UP | FLAG.UV | (FLAG.AT if credential else 0)
        owner = hashlib.sha256(rp_id.encode()).digest()
        return AuthenticatorData.create(owner, flags, 0, credential or b"")

    def client_data(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, challenge, ORIGIN)

    def answer(self, response: dict[str, bytes], **facts: Any) -> str:
        written = {name: websafe_encode(value) for name, value in response.items()}
        own = websafe_encode(self.id)
        head = {"id": own, "rawId": own, "type": "public-key", "clientExtensionResults": {}}
        return json.dumps({**head, "response": written, **facts})


def given(user: User, name: str = "Passkey") -> Any:
    """A passkey that the person has, of a device that is not here."""
    asked = {"user": {"id": ""}, "rp": {"id": HOST}, "challenge": websafe_encode(b"challenge")}
    credential = json.loads(Device().create({"publicKey": asked}))
    kind = Authenticator.Type.WEBAUTHN
    data = {"name": name, "credential": credential}
    return Authenticator.objects.create(user=user, type=kind, data=data)
