"""The town as the party that passkeys are made for: its name, its challenges, and what it checks.

A challenge proves itself: it names its moment and carries a proof over purpose, browser and moment,
made with the key of the town. So nothing is kept of those that nobody answers. The library that
reads answers is loaded by whoever answers one.
"""

import hmac
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from secrets import token_bytes
from typing import Any
from urllib.parse import SplitResult, urlsplit

from townsquare.core.frozen import dataclass
from townsquare.core.identity.factor_errors import WrongPasskey
from townsquare.core.ports import Port
from townsquare.core.settings import Settings
from townsquare.core.web.reading import is_text

ANSWER_WITHIN = timedelta(seconds=60)
CHANCE, MOMENT = 16, 8  # Bytes of a challenge before its proof.
USUAL_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True)
class Ask:
    """What a challenge is for, and the digest of the key of the browser that it is for."""

    purpose: str
    browser: str


@dataclass(frozen=True)
class Answer:
    """What a browser has answered, before anything of it is believed."""

    told: dict[str, Any]
    credential: str
    challenge: bytes
    holder: str


@dataclass(frozen=True)
class NewPasskey:
    """What is kept of a passkey that was just made."""

    credential: str
    public_key: bytes
    sign_count: int


@dataclass(frozen=True)
class Holder:
    """For whom a passkey is made, and the passkeys that they have already."""

    id: str
    email: str
    name: str
    has: Iterable[str]


class RelyingParty:
    """Makes challenges for this town alone, and believes only answers that were made for it."""

    def __init__(self, settings: Settings) -> None:
        address = urlsplit(settings.public_url.lower())
        self._key = settings.secret_key.encode()
        self._town = settings.name
        self._origin = _origin(address)
        self.name = address.hostname or ""
        self.possible = _possible(address.scheme, self.name)

    def challenge(self, ask: Ask, now: datetime) -> bytes:
        """Return a fresh challenge for this purpose and browser."""
        begun = token_bytes(CHANCE) + int(now.timestamp()).to_bytes(MOMENT, "big")
        return begun + self._proof(begun, ask)

    def is_living(self, challenge: bytes, ask: Ask, now: datetime) -> bool:
        """Tell whether this is a challenge of ours, for this purpose and browser, and not old."""
        begun, proof = challenge[: CHANCE + MOMENT], challenge[CHANCE + MOMENT :]
        if not hmac.compare_digest(proof, self._proof(begun, ask)):
            return False
        age = now.timestamp() - int.from_bytes(begun[CHANCE:], "big")
        return abs(age) < ANSWER_WITHIN.total_seconds()

    def wish_for_one(self, ask: Ask, now: datetime) -> dict[str, Any]:
        """Return what a browser needs to show any passkey that it has for this town."""
        from webauthn import generate_authentication_options  # noqa: PLC0415 (see above)
        from webauthn.helpers import options_to_json_dict  # noqa: PLC0415
        from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415

        wish = generate_authentication_options(
            rp_id=self.name,
            challenge=self.challenge(ask, now),
            timeout=_milliseconds(),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(wish)

    def wish_for_new(self, holder: Holder, ask: Ask, now: datetime) -> dict[str, Any]:
        """Return what a browser needs to make a passkey that finds its account by itself."""
        from webauthn import base64url_to_bytes, generate_registration_options  # noqa: PLC0415
        from webauthn.helpers import options_to_json_dict  # noqa: PLC0415 (see above)
        from webauthn.helpers.structs import (  # noqa: PLC0415
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        wish = generate_registration_options(
            rp_id=self.name,
            rp_name=self._town,
            user_id=holder.id.encode(),
            user_name=holder.email,
            user_display_name=holder.name,
            challenge=self.challenge(ask, now),
            timeout=_milliseconds(),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in holder.has
            ],
        )
        return options_to_json_dict(wish)

    def kept_of(self, answer: Answer) -> NewPasskey:
        """Return what is kept of a new passkey; refuse one that was not made as we asked."""
        from webauthn import verify_registration_response  # noqa: PLC0415 (see above)
        from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415

        try:
            found = verify_registration_response(
                credential=answer.told,
                expected_challenge=answer.challenge,
                expected_rp_id=self.name,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except Exception as error:  # A stranger's bytes, and many readers of them.
            raise WrongPasskey from error
        credential = bytes_to_base64url(found.credential_id)
        return NewPasskey(credential, found.credential_public_key, found.sign_count)

    def count_of(self, answer: Answer, public_key: bytes) -> int:
        """Return how often its device has used the passkey; refuse what it has not signed."""
        from webauthn import verify_authentication_response  # noqa: PLC0415 (see above)

        try:
            found = verify_authentication_response(
                credential=answer.told,
                expected_challenge=answer.challenge,
                expected_rp_id=self.name,
                expected_origin=self._origin,
                credential_public_key=public_key,
                credential_current_sign_count=0,  # A copy has to be told from a wrong signature.
                require_user_verification=True,
            )
        except Exception as error:  # A stranger's bytes, and many readers of them.
            raise WrongPasskey from error
        return found.new_sign_count

    def _proof(self, begun: bytes, ask: Ask) -> bytes:
        said = f"passkey {ask.purpose} {ask.browser} ".encode() + begun
        return hmac.new(self._key, said, sha256).digest()


def read_answer(text: str) -> Answer:
    """Return what a browser has answered; refuse what is no answer at all."""
    from webauthn import base64url_to_bytes  # noqa: PLC0415 (see above)

    try:
        told = json.loads(text)
        response = told["response"]
        client = json.loads(base64url_to_bytes(response["clientDataJSON"]))
        challenge = base64url_to_bytes(client["challenge"])
        holder = base64url_to_bytes(response.get("userHandle") or "").decode()
        if not (is_text(str(told["id"])) and is_text(holder)):
            raise WrongPasskey
        return Answer(told, str(told["id"]), challenge, holder)
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise WrongPasskey from error


def _origin(address: SplitResult) -> str:
    """Return the address as browsers name it: without a port that goes without saying."""
    return f"{address.scheme}://{address.netloc.removesuffix(USUAL_PORTS.get(address.scheme, ''))}"


def _possible(scheme: str, name: str) -> bool:
    """Tell whether browsers make passkeys here: never for a number, and only where it is safe."""
    try:
        ip_address(name)
    except ValueError:
        return scheme == "https" or name == "localhost" or name.endswith(".localhost")
    return False


def _milliseconds() -> int:
    return int(ANSWER_WITHIN.total_seconds() * 1000)


RELYING_PARTY: Port[RelyingParty] = Port(
    "identity.relying-party", "townsquare.core.identity.relying:RelyingParty"
)
