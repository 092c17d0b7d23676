"""A trustee: its secrets, what it has heard in the ceremony, and what it says there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tsv1 import ceremony
from tsv1.canonical import Message
from tsv1.ceremony import Envelope, Place
from tsv1.encoding import decode_scalar, decode_solid, encode_scalar
from tsv1.group import ORDER, Element, base, draw
from tsv1.proofs import sign
from tsv1.rounds import Key, Rounds, Terms, Unfit, key_of, write_message
from tsv1.schema import fits
from tsv1_files.refusals import Refused

_ORDER = ("commit", "reveal", "share", "complain", "answer", "confirm")
_UNFIT = {
    "form": "it is no message of a ceremony",
    "election": "it belongs to another election",
    "trustee": "it names a trustee that this ceremony has not",
    "encoding": "it holds a value that no program writes",
    "repeated": "another message of this trustee was seen in its place before",
    "signature": "it is not signed by this trustee",
    "round": "messages before it are missing",
    "commitment": "this trustee shows other coefficients than it committed to",
    "distinct": "it repeats a key of another trustee",
    "confirmation": "this trustee confirms other keys",
    "complaint": "a complaint is not settled",
}


@dataclass
class Trustee:
    """What the sealed file of a trustee holds."""

    rounds: Rounds
    number: int
    signing: int
    transport: int
    polynomial: list[int]
    ks: dict[int, int] = field(default_factory=dict)  # The secret scalar of each share's K.
    share: int | None = None  # What it decrypts with.
    decrypted: str = ""  # The hash of the tally that it has decrypted.

    @property
    def terms(self) -> Terms:
        """Return who makes the key of which election."""
        return self.rounds.terms

    @property
    def place(self) -> Place:
        """Return which trustee of which election it is."""
        return Place(self.terms.election, self.number)

    @property
    def shown(self) -> list[Element]:
        """Return the public coefficients."""
        return [base(secret) for secret in self.polynomial]

    def hear(self, messages: Iterable[Message]) -> None:
        """Examine the messages of all trustees and keep them; Refused where one is not right."""
        for message in sorted(messages, key=_turn):
            try:
                self.rounds.take(message)
            except Unfit as error:
                who = self._who(message)
                told = f"The message of {who} is refused: {_UNFIT[error.code]}."
                raise Refused(f"{told} Tell the administrator.") from error

    def _who(self, message: Message) -> str:
        if not fits("ceremony_message", message):
            return "a line of this file"
        return f"trustee {message['trustee']} in round {message['round']}"

    def needs(self, act: str) -> None:
        """Refuse to go on before a round is complete."""
        if not self.rounds.is_complete(act):
            told = f"Not everybody has spoken in round {act}."
            raise Refused(f"{told} Wait, and download the messages again.")

    def commit(self) -> list[Message]:
        """Return the message that binds the trustee to coefficients nobody sees yet."""
        body = {
            "signing_key": base(self.signing).hex(),
            "commitment": ceremony.commitment(self.place, self.shown).hex(),
        }
        if not self.terms.additive:
            body["transport_key"] = base(self.transport).hex()
        return [self._say("commit", body)]

    def reveal(self) -> list[Message]:
        """Return the message that shows the coefficients."""
        self.needs("commit")
        pop = sign(ceremony.possession(self.place, self.shown), self.polynomial[0])
        shown = [element.hex() for element in self.shown]
        kept = self.rounds.said.get(("reveal", self.number, 0))
        return [kept or self._say("reveal", {"coefficients": shown, "pop": pop.told()})]

    def send_shares(self) -> list[Message]:
        """Return a message to each other trustee, with what only that one can read."""
        self.needs("reveal")
        return [self._send(to) for to in self.terms.numbers if to != self.number]

    def _send(self, to: int) -> Message:
        k = self.ks.setdefault(to, draw())
        transport = self._transport_of(to)
        envelope = Envelope(self.terms.election, self.number, to)
        value = ceremony.value_at(self.polynomial, to)
        return self._say("share", ceremony.mask_share(envelope, value, transport, source=lambda: k))

    def _transport_of(self, number: int) -> Element:
        told = self.rounds.said["commit", number, 0]["body"]["transport_key"]
        return decode_solid(told)

    def open_shares(self) -> list[Message]:
        """Open what others have sent; return complaints about what does not fit.

        Without complaints the trustee has what it decrypts with.
        """
        if self.terms.additive:
            self.needs("reveal")
            self.share = self.polynomial[0]
            return []
        self.needs("share")
        got = {one: self._open(one) for one in self.terms.numbers if one != self.number}
        shown = self.rounds.coefficients()
        bad = [
            one
            for one, share in got.items()
            if not ceremony.is_good_share(shown[one - 1], self.number, share)
        ]
        if not bad:
            own = ceremony.value_at(self.polynomial, self.number)
            self.share = (own + sum(got.values())) % ORDER
        return [
            self._say("complain", {"against": one, "share": encode_scalar(got[one]).hex()})
            for one in bad
        ]

    def _open(self, sender: int) -> int:
        told = self.rounds.said["share", sender, self.number]["body"]
        envelope = Envelope(self.terms.election, sender, self.number)
        return ceremony.read_share(envelope, told, self.transport)

    def answer(self) -> list[Message]:
        """Return the opened shares that others have complained about."""
        accusers = [one for one, accused in self.rounds.complaints() if accused == self.number]
        if not accusers:
            raise Refused("Nobody has complained about this trustee.")
        return [
            self._say("complain", {"to": one, "k": encode_scalar(self.ks[one]).hex()})
            for one in accusers
        ]

    def confirm(self) -> list[Message]:
        """Return the message that this trustee agrees with the keys of all."""
        kept = self.rounds.said.get(("confirm", self.number, 0))
        if kept:
            return [kept]
        keys, joint = self.rounds.verification_keys(), self.rounds.joint_key()
        if self.share is None or base(self.share) != keys[self.number - 1]:
            raise Refused("Check the shares first: townsquare-trustee check-shares.")
        statement = ceremony.confirmation(self.place, keys, joint, key=base(self.signing))
        signed = sign(statement, self.signing).told()
        return [self._say("confirm", {"confirmation": signed})]

    def _say(self, act: str, body: dict[str, Any]) -> Message:
        """Sign a message and hear it, so that nobody can put another one in its place."""
        message = write_message(self.place, act, body, secret=self.signing)
        self.hear([message])
        return message

    def told(self) -> dict[str, Any]:
        """Return everything as the sealed file holds it."""
        return {
            "v": 1,
            "election": self.terms.election,
            "trustees": self.terms.trustees,
            "threshold": self.terms.threshold,
            "additive": self.terms.additive,
            "number": self.number,
            **self.secrets(),
            "ks": [{"to": to, "k": encode_scalar(k).hex()} for to, k in self.ks.items()],
            "said": list(self.rounds.said.values()),
            "decrypted": self.decrypted,
        }

    def secrets(self) -> dict[str, Any]:
        """Return what is lost with the file; a second copy must hold the same."""
        share = "" if self.share is None else encode_scalar(self.share).hex()
        return {
            "signing": encode_scalar(self.signing).hex(),
            "transport": encode_scalar(self.transport).hex(),
            "polynomial": [encode_scalar(one).hex() for one in self.polynomial],
            "share": share,
        }


def new_trustee(terms: Terms, number: int) -> Trustee:
    """Return a trustee with secrets from the randomness of the system."""
    polynomial = [draw() for _ in range(terms.degree)]
    return Trustee(Rounds(terms), number, draw(), draw(), polynomial)


def read_trustee(told: Message) -> Trustee:
    """Return the trustee of a sealed file."""
    terms = Terms(told["election"], told["trustees"], told["threshold"], told["additive"])
    said: dict[Key, Message] = {key_of(message): message for message in told["said"]}
    return Trustee(
        Rounds(terms, said),
        told["number"],
        decode_scalar(told["signing"]),
        decode_scalar(told["transport"]),
        [decode_scalar(one) for one in told["polynomial"]],
        {one["to"]: decode_scalar(one["k"]) for one in told["ks"]},
        decode_scalar(told["share"]) if told["share"] else None,
        told["decrypted"],
    )


def _turn(message: Message) -> int:
    """Return when a message is examined: rounds in their order, whatever the order of the file."""
    if not fits("ceremony_message", message):
        return 0
    act, body = message["round"], message["body"]
    return _ORDER.index("answer" if act == "complain" and "k" in body else act)
