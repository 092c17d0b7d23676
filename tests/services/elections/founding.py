"""An encrypted election from its draft to its freezing, with the secrets of all its people."""

from dataclasses import asdict, dataclass, field

from sqlalchemy import insert, select

from tests.services.elections.polling import EVERYBODY, INES, PRIYA, Poll, drafted
from townsquare.core.identity.models import AccountRow
from townsquare.core.ids import new_id
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.ceremony import (
    CommitSeed,
    NameAuthority,
    NameHolders,
    NameTrustees,
    SubmitMessages,
    SubmitRollKeys,
)
from townsquare.services.elections.commands.elections import WaiveRehearsal
from townsquare.services.elections.models.ceremony import SetupRow
from townsquare.services.elections.permissions import TRUSTED
from townsquare.services.elections.queries.ceremony import export_roll, read_ceremony
from townsquare.services.elections.usecases.ceremony import (
    commit_seed,
    submit_messages,
    submit_roll_keys,
)
from townsquare.services.elections.usecases.naming import (
    name_authority,
    name_holders,
    name_trustees,
)
from townsquare.services.elections.usecases.waiving import waive_rehearsal
from tsv1 import ceremony, credentials, elections
from tsv1.canonical import parse, write
from tsv1.ceremony import Place
from tsv1.encoding import decode_scalar, decode_solid, encode_scalar
from tsv1.group import base, draw
from tsv1.proofs import sign
from tsv1.rounds import Rounds, Terms, write_message
from tsv1.ties import seed_commitment

PARTS = EVERYBODY.union(*TRUSTED.values())
NAMES = ("Lena", "Tomas", "Kofi", "Omar")
CHAIR = {"code": "chair", "title": "Chair", "options": "Ada\nBo\nCy"}
WORKS = {
    "code": "works",
    "title": "Works",
    "options": "path\nwell",
    "blank": False,
    "least": 0,
    "seats": 2,
    "rule": "k-of-n",
}


def lines(*messages):
    """Return messages as the programs write them into a file."""
    return "".join(f"{write(message).decode()}\n" for message in messages)


@dataclass
class Trustee:
    """One trustee with the secrets that the server never sees."""

    place: Place
    many: int
    signing: int = field(default_factory=draw)
    transport: int = field(default_factory=draw)
    polynomial: list = field(default_factory=list)
    nonces: dict = field(default_factory=dict)  # Of the shares, by who gets them.

    def __post_init__(self):
        self.polynomial = self.polynomial or [draw() for _ in range(self.many)]

    def say(self, act, body):
        return write_message(self.place, act, body, secret=self.signing)

    @property
    def coefficients(self):
        return [base(one) for one in self.polynomial]

    def commit(self, *, additive=False):
        shown = {
            "signing_key": base(self.signing).hex(),
            "commitment": ceremony.commitment(self.place, self.coefficients).hex(),
        }
        more = {} if additive else {"transport_key": base(self.transport).hex()}
        return self.say("commit", {**shown, **more})

    def reveal(self):
        proof = sign(ceremony.possession(self.place, self.coefficients), self.polynomial[0])
        shown = [one.hex() for one in self.coefficients]
        return self.say("reveal", {"coefficients": shown, "pop": proof.told()})

    def share(self, rounds, to, *, wrong=0):
        key = decode_solid(rounds.of("commit")[to]["body"]["transport_key"])
        value = (ceremony.value_at(self.polynomial, to) + wrong) % ceremony.ORDER
        envelope = ceremony.Envelope(self.place.election, self.place.index, to)
        self.nonces[to] = draw()
        masked = ceremony.mask_share(envelope, value, key, source=lambda: self.nonces[to])
        return self.say("share", masked)

    def complain(self, rounds, against):
        envelope = ceremony.Envelope(self.place.election, against, self.place.index)
        told = rounds.said["share", against, self.place.index]["body"]
        opened = ceremony.read_share(envelope, told, self.transport)
        return self.say("complain", {"against": against, "share": encode_scalar(opened).hex()})

    def answer(self, to):
        return self.say("complain", {"to": to, "k": encode_scalar(self.nonces[to]).hex()})

    def confirm(self, rounds):
        statement = ceremony.confirmation(
            self.place, rounds.verification_keys(), rounds.joint_key(), key=base(self.signing)
        )
        return self.say("confirm", {"confirmation": sign(statement, self.signing).told()})


@dataclass(frozen=True)
class Founding(Poll):
    """One encrypted draft, its people as they act, and their secrets."""

    people: dict = field(default_factory=dict)  # By their names.
    trustees: list = field(default_factory=list)
    authority_secret: int = field(default_factory=draw)
    tokens: dict = field(default_factory=dict)  # By the number of the voter.
    seeds: tuple = (bytes(range(32)), bytes(range(32, 64)))

    def name_all(self, *, trustees=("Lena", "Tomas", "Kofi"), threshold=2, mode="threshold"):
        told = {"mode": mode, "threshold": threshold, "emails": self.addresses(*trustees)}
        self.do(INES, name_trustees, NameTrustees, **told)
        self.do(INES, name_authority, NameAuthority, email=self.addresses("Omar"))
        self.do(INES, name_holders, NameHolders, emails=self.addresses("Lena", "Tomas"))
        many = 1 if mode == "all" else threshold
        self.trustees[:] = [
            Trustee(Place(self.id, number), many) for number in range(1, len(trustees) + 1)
        ]

    def addresses(self, *names):
        return "\n".join(f"{name.lower()}@b.example" for name in names)

    def say(self, name, *messages):
        text = lines(*messages)
        return self.do(self.people[name], submit_messages, SubmitMessages, messages=text)

    def look(self, who=INES):
        with self.town.working(who, reads=True) as ctx:
            return read_ceremony(ctx, self.chosen)

    @property
    def chosen(self):
        return SubmitMessages.model_construct(id=self.id)

    def rounds(self):
        """Return the ceremony as anybody goes through it who has read it."""
        told = self.look()
        terms = Terms(told.election, len(told.trustees), told.threshold, told.mode == "all")
        found = Rounds(terms)
        for message in told.messages:
            found.take(message)
        return found

    def commit_all(self, *, additive=False):
        for name, one in zip(NAMES, self.trustees, strict=False):
            self.say(name, one.commit(additive=additive))

    def reveal_all(self):
        for name, one in zip(NAMES, self.trustees, strict=False):
            self.say(name, one.reveal())

    def share_all(self, *, wrong=None):
        """Let everybody share; `wrong` names who sends whom a bad share."""
        rounds = self.rounds()
        for name, one in zip(NAMES, self.trustees, strict=False):
            mine = one.place.index
            others = [number for number in rounds.terms.numbers if number != mine]
            told = [one.share(rounds, to, wrong=int((mine, to) == wrong)) for to in others]
            self.say(name, *told)

    def confirm_all(self):
        rounds = self.rounds()
        for name, one in zip(NAMES, self.trustees, strict=False):
            self.say(name, one.confirm(rounds))

    def make_key(self):
        self.commit_all()
        self.reveal_all()
        self.share_all()
        self.confirm_all()

    def export(self):
        with self.town.working(self.people["Omar"], reads=True) as ctx:
            return export_roll(ctx, self.chosen)

    def keys(self, **other):
        """Return the signed roll as the program of the authority makes it."""
        voters = {}
        exported = other.pop("voters", None) or map(asdict, self.export().voters)
        for one in exported:
            token = self.tokens.setdefault(one["number"], credentials.draw_token())
            public = base(credentials.secret_of(self.id, token)).hex()
            voters[public] = elections.Voter(one["weight"], one["style"], one["group"])
        text = other.pop("text", None) or elections.write_roll(voters)
        key, digest = base(self.authority_secret), elections.roll_hash(text)
        statement = elections.authority_statement(self.id, "roll", digest, key=key)
        proof = sign(statement, self.authority_secret).told()
        told = {"v": 1, "election": self.id, "authority_key": key.hex(), "text": text}
        return {**told, "signature": proof, **other}

    def issue(self, **other):
        told = lines(self.keys(**other))
        return self.do(self.people["Omar"], submit_roll_keys, SubmitRollKeys, keys=told)

    def commit_seeds(self):
        for name, number, seed in zip(NAMES, (1, 2), self.seeds, strict=False):
            commitment = seed_commitment(self.id, number, seed).hex()
            self.do(self.people[name], commit_seed, CommitSeed, commitment=commitment)

    def prepare(self):
        """Let everybody do their part."""
        self.make_key()
        self.issue()
        self.commit_seeds()

    def messages(self):
        """Return set-up, ceremony and roll as they were frozen."""
        with self.town.database.connect() as db:
            columns = (SetupRow.setup, SetupRow.ceremony, SetupRow.roll)
            return [parse(text.encode()) for text in db.execute(select(*columns)).one()]

    def secret_of(self, number):
        """Return the secret share of a trustee."""
        if self.trustees[0].many == 1:
            return self.trustees[number - 1].polynomial[0]
        shares = [ceremony.value_at(one.polynomial, number) for one in self.trustees]
        return sum(shares) % ceremony.ORDER


def founding(town, clock, *numbers, contests=(CHAIR, WORKS), **more):
    """Return an encrypted draft with these voters; nobody has a part yet."""
    poll = drafted(town, clock, contests=contests, tier="encrypted", **more)
    made = Founding(town, clock, poll.id)
    for name in NAMES:
        made.people[name] = somebody(town, clock, name)
    made.enrol(*(numbers or ("V-1", "V-2", "V-3")))
    if not more.get("rehearsal"):
        made.do(INES, waive_rehearsal, WaiveRehearsal, reason="It was tried elsewhere.")
    return made


def somebody(town, clock, name, account=None):
    """Return somebody who has an account, as they act in their parts."""
    email = f"{name.lower()}@b.example"
    facts = {"public_id": new_id(), "created_at": clock(), "confirmed_at": clock(), "version": 1}
    told = {"email": email, "name": name, "person": f"P-{name.upper()}", "epoch": 1}
    chosen = {"id": account} if account else {}
    with town.database.begin() as db:
        put = insert(AccountRow).values(**facts, **told, demo_sentence="", **chosen)
        account = db.execute(put.returning(AccountRow.id)).scalar_one()
    return Actor(account, name, PARTS, f"P-{name.upper()}", confirmed=True)


__all__ = ["INES", "PRIYA", "Founding", "decode_scalar", "founding", "lines", "somebody"]
