"""A device that keeps passkeys: it signs as a phone or a security key does, or wrongly."""

import json
from dataclasses import dataclass, field, replace
from hashlib import sha256
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ES256 = {1: 2, 3: -7, -1: 1}  # An elliptic key, for ECDSA with SHA-256, on the curve P-256.
WIDTH = 32


@dataclass
class Device:
    """One device with one passkey; `copied` leaves what it had at that moment in other hands."""

    origin: str = "http://localhost"
    party: str = "localhost"
    verifies: bool = True
    counts: bool = True
    count: int = 0
    holder: str = ""
    credential: bytes = field(default_factory=lambda: token_bytes(16))
    key: object = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, wish):
        """Return the answer to a wish for a new passkey."""
        self.holder = wish["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = {**ES256, -2: numbers.x.to_bytes(WIDTH), -3: numbers.y.to_bytes(WIDTH)}
        head = bytes(16) + len(self.credential).to_bytes(2) + self.credential
        kept = self._data(ATTESTED) + head + encode_cbor(public)
        attested = encode_cbor({"fmt": "none", "attStmt": {}, "authData": kept})
        client = self._client("webauthn.create", wish)
        return self._answer({"clientDataJSON": client, "attestationObject": attested})

    def show(self, wish):
        """Return the answer to a wish for a passkey."""
        self.count += self.counts
        client, data = self._client("webauthn.get", wish), self._data(0)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        told = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer(told, userHandle=self.holder)

    def copied(self, **otherwise):
        """Return a device with the same passkey."""
        return replace(self, **otherwise)

    def _client(self, kind, wish):
        told = {"type": kind, "challenge": wish["challenge"], "origin": self.origin}
        return json.dumps(told).encode()

    def _data(self, more):
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        return sha256(self.party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _answer(self, parts, **more):
        name = bytes_to_base64url(self.credential)
        response = {part: bytes_to_base64url(value) for part, value in parts.items()} | more
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def asked(browser, form, to):
    """Return what the town asks of a browser that reads this form first."""
    return browser.send(form, {}, to=to).get_json()
