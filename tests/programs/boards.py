"""An election that people make with their programs: the board that a server would keep."""

from tests.programs.hands import Authority, Trustee, ceremony, codes, lines, only
from tests.tsv1.boards import SEEDS, chained
from tests.tsv1.boards import archive as text
from tsv1 import ballots, credentials, elections, tally, ties
from tsv1.canonical import write
from tsv1.rounds import Rounds, Terms
from tsv1.transcript import h32

ID = "01JZX5W0QS4D8M2V7K3T9RYB6F"
NAMES = {1: "Lena", 2: "Tomas", 3: "Kofi"}
ROLL = "number,style,group,weight\n1,main,all,1\n2,main,all,1\n3,main,all,3\n"
CHOICES = {  # Journey 1: by voter number, in the order of casting.
    "first": ("1", 1, {"chair": [1, 0, 0, 0], "works": [1, 0]}),
    "again": ("1", 2, {"chair": [0, 1, 0, 0], "works": [0, 1]}),
    "blank": ("2", 1, {"chair": [0, 0, 0, 1], "works": [0, 0]}),
    "heavy": ("3", 1, {"chair": [0, 1, 0, 0], "works": [1, 0]}),
}


class Allotments:
    """The allotment board's election, from the ceremony to the result, over files."""

    def __init__(self, folder, number=2, *, apart=False, **terms):
        self.folder = folder
        told = {"election": ID, "trustees": number, **terms}
        self.trustees = [
            Trustee(folder / f"trustee-{one}", one, apart=apart, **told)
            for one in range(1, number + 1)
        ]
        self.authority = Authority(folder / "authority", apart=apart)
        self.additive = "threshold" not in terms
        self.terms = Terms(ID, number, terms.get("threshold", number), self.additive)

    def prepare(self):
        """Let trustees make the key and the authority issue credentials; fix the set-up."""
        self.said = ceremony(self.folder, self.trustees)
        rounds = Rounds(self.terms)
        for message in lines(self.said):
            rounds.take(message)
        roll = self.folder / "roll.csv"
        roll.write_text(ROLL)
        self.keys, self.codes = self.authority.issues(roll, ID, title="Allotment board 2026")
        self.ceremony = rounds.outcome(NAMES)
        self.setup = self._setup(rounds)
        self.election = elections.read_setup(self.setup)
        self.voters = dict(elections.read_roll(self.keys["text"]))
        self.bodies = [
            ("setup", self.setup),
            ("ceremony", self.ceremony),
            ("roll", {name: self.keys[name] for name in ("text", "signature")}),
            ("open", {"at": self.setup["opens_at"]}),
        ]
        self.casts = []
        return self

    def _setup(self, rounds):
        text = self.keys["text"]
        chair = {"id": "chair", "title": "Chair", "options": ["ada", "bo", "cy"], "blank": True}
        works = {"id": "works", "title": "Works", "options": ["path", "well"], "blank": False}
        return {
            "v": 1,
            "protocol": "TSV1",
            "group": "ristretto255",
            "election": ID,
            "title": "Allotment board 2026",
            "opens_at": "2026-05-04T07:00:00Z",
            "closes_at": "2026-05-06T20:00:00Z",
            "zone": "Europe/London",
            "revote": "last",
            "contests": [
                {**chair, "kind": "choose", "min": 1, "max": 1},
                {**works, "kind": "choose", "min": 0, "max": 2},
            ],
            "styles": [{"id": "main", "contests": ["chair", "works"]}],
            "groups": [{"id": "all", "members": ["all"]}],
            "roll": {"count": 3, "weight": 5, "hash": elections.roll_hash(text).hex()},
            "trustees": {
                "mode": self.terms.mode,
                "threshold": self.terms.threshold,
                "keys": [key.hex() for key in rounds.verification_keys()],
                "ceremony": h32("ceremony", write(self.ceremony)).hex(),
            },
            "public_key": rounds.joint_key().hex(),
            "tie_commitments": [
                ties.seed_commitment(ID, at, seed).hex() for at, seed in enumerate(SEEDS, 1)
            ],
            "authority_key": self.keys["authority_key"],
        }

    def cast(self, number, sequence, choices):
        token = credentials.read_token(self.codes[number])
        hand = ballots.Hand(credentials.secret_of(ID, token), "main", sequence)
        body = ballots.seal(self.election, hand, choices).body
        self.bodies.append(("ballot", body))
        digest, voter = ballots.ballot_hash(body), self.voters[body["credential"]]
        self.casts.append(tally.Cast(body["credential"], voter, digest, body))

    def vote(self):
        for number, sequence, choices in CHOICES.values():
            self.cast(number, sequence, choices)
        return self

    def close(self, void=()):
        counted = tally.included(self.casts, frozenset(void))
        self.bodies += [
            ("close", {"at": self.setup["closes_at"], "ballots": len(self.casts)}),
            *(
                ("seed-reveal", {"index": at, "seed": seed.hex()})
                for at, seed in enumerate(SEEDS, 1)
            ),
            ("tally", tally.tally(self.election, counted)),
        ]
        return self

    def archive(self, name="archive.jsonl", bodies=None):
        """Return the file that everybody downloads."""
        path = self.folder / name
        path.write_bytes(text(chained(bodies or self.bodies, ID)))
        return path

    def decrypt(self, trustees):
        """Let trustees decrypt, and enter their parts and the result."""
        archive = self.archive()
        parts = {
            one.number: only(one.speaks("decrypt", archive, more=["--yes"])) for one in trustees
        }
        told = dict(self.bodies)["tally"]
        result = tally.result(self.election, told, parts)
        self.bodies += [*(("partial", part) for part in parts.values()), ("result", result)]
        return result

    def replace(self, number, name="new.csv"):
        """Let the authority replace the credential of a voter."""
        output, letters = self.folder / "void.json", self.folder / name
        told = (self.authority.file, number, "--letters", letters, "-o", output, "--yes")
        self.authority.does("void", *told)
        body = only(output)
        self.codes |= codes(letters)
        self.bodies.append(("credential-void", body))
        self.voters[body["replacement"]] = self.voters[body["credential"]]
        return body
