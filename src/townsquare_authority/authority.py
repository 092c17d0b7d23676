"""The authority: its signing key, and which token it gave to which voter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from townsquare_authority.roll import Entry
from tsv1.canonical import Message
from tsv1.credentials import draw_token, public_of, secret_of
from tsv1.elections import Voter, authority_statement, roll_hash, void_hash, write_roll
from tsv1.encoding import decode_scalar, encode_scalar
from tsv1.group import base, draw
from tsv1.proofs import sign
from tsv1_files.refusals import Refused


@dataclass(frozen=True)
class Issued:
    """A voter and the token that counts; tokens that were lost stand behind it."""

    entry: Entry
    token: str
    void: tuple[str, ...] = ()


@dataclass
class Authority:
    """What the sealed recovery file holds."""

    election: str
    title: str  # What stands above each letter.
    secret: int
    issued: dict[str, Issued] = field(default_factory=dict)

    def public(self, token: str) -> str:
        """Return the public credential of a token."""
        return public_of(secret_of(self.election, token)).hex()

    def find(self, number: str) -> Issued:
        """Return what a voter has; Refused for a number that is not on the roll."""
        if number not in self.issued:
            raise Refused(f"Nobody on this roll has the number {number}.")
        return self.issued[number]

    def roll_keys(self) -> dict[str, Any]:
        """Return the signed roll as the server takes it: credentials without their voters."""
        voters = {
            self.public(one.token): Voter(one.entry.weight, one.entry.style, one.entry.group)
            for one in self.issued.values()
        }
        text = write_roll(voters)
        return {
            "v": 1,
            "election": self.election,
            "authority_key": base(self.secret).hex(),
            "text": text,
            "signature": self._sign("roll", roll_hash(text)),
        }

    def void(self, number: str, reason: str, *, replaced: bool) -> dict[str, Any]:
        """Return the message that a voter's credential counts no more, and keep the new token.

        The replacement has the same weight, style and group.
        """
        old = self.find(number)
        if not old.token:
            raise Refused(f"The credential of {number} is void already, without a replacement.")
        token = draw_token() if replaced else ""
        body = {
            "credential": self.public(old.token),
            "replacement": self.public(token) if token else "",
            "weight": old.entry.weight,
            "style": old.entry.style,
            "group": old.entry.group,
            "reason": reason,
        }
        self.issued[number] = replace(old, token=token, void=(*old.void, old.token))
        return {**body, "signature": self._sign("credential-void", void_hash(body))}

    def _sign(self, act: str, digest: bytes) -> dict[str, str]:
        statement = authority_statement(self.election, act, digest, key=base(self.secret))
        return sign(statement, self.secret).told()

    def told(self) -> dict[str, Any]:
        """Return everything as the recovery file holds it."""
        voters = [
            {**vars(one.entry), "token": one.token, "void": list(one.void)}
            for one in self.issued.values()
        ]
        secret = encode_scalar(self.secret).hex()
        head = {"v": 1, "election": self.election, "title": self.title}
        return {**head, "secret": secret, "voters": voters}


def issue(election: str, title: str, entries: Sequence[Entry]) -> Authority:
    """Return an authority with a new key and a new token for each voter."""
    issued = {entry.number: Issued(entry, draw_token()) for entry in entries}
    return Authority(election, title, draw(), issued)


def read_authority(told: Message) -> Authority:
    """Return the authority of a recovery file."""
    secret = decode_scalar(told["secret"])
    return Authority(told["election"], told["title"], secret, _read(told["voters"]))


def _read(voters: Iterable[Message]) -> dict[str, Issued]:
    return {
        one["number"]: Issued(
            Entry(one["number"], one["style"], one["group"], one["weight"]),
            one["token"],
            tuple(one["void"]),
        )
        for one in voters
    }
