"""Elections for tests: the published one with its secrets, and small ones of our own."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tsv1 import ballots, board, ceremony, credentials, elections, proofs, tally, ties
from tsv1.canonical import write
from tsv1.encoding import encode_text
from tsv1.group import base
from tsv1.transcript import h32, hs

ID = "01JZX5W0QS4D8M2V7K3T9RYB6C"
LOG, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)) for n in (1, 2))
SEEDS = (bytes(range(32)), bytes(range(32, 64)))


def secret(name):
    """Return a secret of the published election; never to be used for a real one."""
    return hs("vector", encode_text(name))


def published(vectors):
    """Return the bodies of the published board, by kind and body."""
    setup, roll = vectors["setup"]["json"], vectors["roll"]
    return [
        ("setup", setup),
        ("ceremony", vectors["ceremony"]),
        ("roll", {"text": roll["text"], "signature": roll["signature"]}),
        ("open", {"at": setup["opens_at"]}),
        *(("ballot", ballot["json"]) for ballot in vectors["ballots"]),
        ("close", {"at": setup["closes_at"], "ballots": 4}),
        ("tally", vectors["tally"]),
        *(("partial", partial) for partial in vectors["partials"]),
        ("result", vectors["result"]),
    ]


def chained(bodies, election=ID):
    """Return the entries of a board as archives hold them."""
    head, entries = None, []
    for kind, body in bodies:
        head = board.append(election, head, kind, body=body)
        entries.append(head.told())
    return entries


def archive(entries, *more):
    return b"".join(write(line) + b"\n" for line in (*entries, *more))


def checkpoint(entry, key=LOG, **other):
    """Return what the log key says of an entry, or of something else."""
    body = {
        "election": ID,
        "seq": entry["seq"],
        "hash": entry["hash"],
        "at": "2026-05-06T20:05:00Z",
        "key": key.public_key().public_bytes_raw().hex(),
        **other,
    }
    return {**body, "signature": key.sign(board.checkpoint_text(body)).hex()}


class Town:
    """An election with a threshold of trustees, all kinds of questions and of entries."""

    def __init__(self, election="01JZX5W0QS4D8M2V7K3T9RYB6D", threshold=2, trustees=3, voters=5):
        self.id, self.threshold = election, threshold
        self.polynomials = [
            [secret(f"{election}/{i}/a{k}") for k in range(threshold)]
            for i in range(1, trustees + 1)
        ]
        self.tokens = [f"{number:024}" for number in range(1, voters + 1)]
        self.secrets = [credentials.secret_of(election, token) for token in self.tokens]
        self.authority = secret(f"{election}/authority")
        self.bodies = []
        self.ceremony, self.setup, self.roll = self._ceremony(), None, None
        self.roll = self._roll()
        self.setup = self._setup()
        self.election = elections.read_setup(self.setup)

    @property
    def credentials(self):
        return [base(one).hex() for one in self.secrets]

    def share(self, index):
        """Return the secret share of a trustee."""
        return sum(ceremony.value_at(polynomial, index) for polynomial in self.polynomials)

    def _ceremony(self):
        shown = [[base(c) for c in polynomial] for polynomial in self.polynomials]
        self.keys = [ceremony.verification_key(shown, i + 1) for i in range(len(shown))]
        self.joint = ceremony.joint_key(shown)
        return {
            "v": 1,
            "election": self.id,
            "mode": "threshold",
            "threshold": self.threshold,
            "trustees": [self._trustee(i + 1, shown[i]) for i in range(len(shown))],
        }

    def _trustee(self, index, coefficients):
        place = ceremony.Place(self.id, index)
        signing = secret(f"{self.id}/{index}/signing")
        possession = ceremony.possession(place, coefficients)
        confirmation = ceremony.confirmation(place, self.keys, self.joint, key=base(signing))
        return {
            "index": index,
            "name": f"Trustee {index}",
            "signing_key": base(signing).hex(),
            "commitment": ceremony.commitment(place, coefficients).hex(),
            "coefficients": [c.hex() for c in coefficients],
            "pop": proofs.sign(possession, self.polynomials[index - 1][0]).told(),
            "transport_key": base(secret(f"{self.id}/{index}/transport")).hex(),
            "confirmation": proofs.sign(confirmation, signing).told(),
        }

    def _roll(self):
        voter = elections.Voter
        lines = [
            voter(1, "full", "north"),
            voter(3, "full", "south"),
            voter(2, "short", "south"),
            voter(1, "full", "north"),
        ]
        text = elections.write_roll(dict(zip(self.credentials, lines, strict=False)))
        return {"text": text, "signature": self.authorised("roll", elections.roll_hash(text))}

    def authorised(self, act, digest):
        key = base(self.authority)
        statement = elections.authority_statement(self.id, act, digest, key=key)
        return proofs.sign(statement, self.authority).told()

    def _setup(self):
        contests = [
            {
                "id": "chair",
                "kind": "choose",
                "title": "Vorsitz",
                "options": ["ada", "bo", "cy"],
                "min": 1,
                "max": 1,
                "blank": True,
            },
            {
                "id": "garden",
                "kind": "score",
                "title": "Gärten",
                "options": ["rose", "sage"],
                "max_score": 5,
            },
            {
                "id": "order",
                "kind": "grid",
                "title": "Order",
                "rows": ["ash", "elm"],
                "columns": ["first", "second"],
                "row_sums": [1],
                "column_sums": [0, 1, 2],
            },
        ]
        text = self.roll["text"]
        weight = sum(voter.weight for _, voter in elections.read_roll(text))
        return {
            "v": 1,
            "protocol": "TSV1",
            "group": "ristretto255",
            "election": self.id,
            "title": "Gartenverein",
            "opens_at": "2026-05-04T07:00:00Z",
            "closes_at": "2026-05-06T20:00:00Z",
            "zone": "Europe/Berlin",
            "revote": "last",
            "contests": contests,
            "styles": [
                {"id": "full", "contests": ["chair", "garden", "order"]},
                {"id": "short", "contests": ["chair"]},
            ],
            "groups": [
                {"id": "north", "members": ["north"]},
                {"id": "south", "members": ["south"]},
                {"id": "west", "members": ["west"]},
            ],
            "roll": {
                "count": len(text.splitlines()),
                "weight": weight,
                "hash": elections.roll_hash(text).hex(),
            },
            "trustees": {
                "mode": "threshold",
                "threshold": self.threshold,
                "keys": [key.hex() for key in self.keys],
                "ceremony": h32("ceremony", write(self.ceremony)).hex(),
            },
            "public_key": self.joint.hex(),
            "tie_commitments": [
                ties.seed_commitment(self.id, at + 1, seed).hex() for at, seed in enumerate(SEEDS)
            ],
            "authority_key": base(self.authority).hex(),
        }

    def cast(self, voter, choices, sequence=1, style="full"):
        hand = ballots.Hand(self.secrets[voter], style, sequence)
        return ballots.seal(self.election, hand, choices)

    def replaced(self, old, new):
        """Return the message that a credential counts no more."""
        voter = dict(elections.read_roll(self.roll["text"]))[self.credentials[old]]
        body = {
            "credential": self.credentials[old],
            "replacement": self.credentials[new],
            "weight": voter.weight,
            "style": voter.style,
            "group": voter.unit,
            "reason": "lost",
        }
        digest = elections.void_hash(body)
        return {**body, "signature": self.authorised("credential-void", digest)}

    def whole(self):
        """Return the bodies of a board from the set-up to the certification."""
        full = {"chair": [1, 0, 0, 0], "garden": [5, 2], "order": [1, 0, 0, 1]}
        blank = {"chair": [0, 0, 0, 1], "garden": [0, 0], "order": [0, 1, 0, 1]}
        challenged = self.cast(1, full)
        first, lost = self.cast(0, full), self.cast(3, full)
        second, short = self.cast(1, blank), self.cast(2, {"chair": [0, 1, 0, 0]}, style="short")
        again, fresh = self.cast(0, blank, sequence=2), self.cast(4, full)
        counted = [second, short, again, fresh]
        lines = dict(elections.read_roll(self.roll["text"]))
        lines[self.credentials[4]] = lines[self.credentials[3]]
        casts = [
            tally.Cast(
                one.body["credential"],
                lines[one.body["credential"]],
                ballots.ballot_hash(one.body),
                one.body,
            )
            for one in counted
        ]
        told = tally.tally(self.election, casts)
        parts = {
            index: tally.partial(self.election, told, index, secret=self.share(index))
            for index in (1, 3)
        }
        result = tally.result(self.election, told, parts)
        return [
            ("setup", self.setup),
            ("ceremony", self.ceremony),
            ("roll", self.roll),
            ("open", {"at": self.setup["opens_at"]}),
            ("ballot", first.body),
            ("challenged", {"body_hash": challenged.opening["body_hash"]}),
            ("ballot", lost.body),
            ("ballot", second.body),
            ("suspend", {"at": "2026-05-05T07:00:00Z", "reason": "Power cut"}),
            ("resume", {"at": "2026-05-05T08:00:00Z"}),
            ("credential-void", self.replaced(3, 4)),
            ("extend", {"at": "2026-05-06T21:00:00Z", "reason": "Power cut"}),
            ("ballot", short.body),
            ("ballot", again.body),
            ("ballot", fresh.body),
            ("close", {"at": "2026-05-06T21:00:00Z", "ballots": 6}),
            *(
                ("seed-reveal", {"index": at + 1, "seed": seed.hex()})
                for at, seed in enumerate(SEEDS)
            ),
            ("tally", told),
            *(("partial", part) for part in parts.values()),
            ("result", result),
        ]
