"""The rounds of a ceremony: every message is examined, and who cheats is named."""

import copy

import pytest

from tests.tsv1.boards import ID, secret
from townsquare_verify.foundation import examine_trustees
from townsquare_verify.report import Notes
from tsv1 import ceremony, proofs
from tsv1.canonical import write
from tsv1.ceremony import Envelope, Place
from tsv1.encoding import decode_scalar, encode_scalar
from tsv1.group import ORDER, base, draw
from tsv1.rounds import Rounds, Terms, Unfit, write_message
from tsv1.schema import fits
from tsv1.transcript import h32


class Trustee:
    """One who follows the rounds, with secrets of the test."""

    def __init__(self, terms, number, polynomial=None, transport=None):
        self.terms, self.place = terms, Place(terms.election, number)
        self.signing = secret(f"rounds/{number}/signing")
        self.transport = transport or secret(f"rounds/{number}/transport")
        drawn = [secret(f"rounds/{number}/a{k}") for k in range(terms.degree)]
        self.polynomial = polynomial or drawn
        self.shown = [base(one) for one in self.polynomial]
        self.ks = {}

    def say(self, act, body):
        return write_message(self.place, act, body, secret=self.signing)

    def commit(self):
        body = {
            "signing_key": base(self.signing).hex(),
            "commitment": ceremony.commitment(self.place, self.shown).hex(),
        }
        if not self.terms.additive:
            body["transport_key"] = base(self.transport).hex()
        return self.say("commit", body)

    def reveal(self):
        pop = proofs.sign(ceremony.possession(self.place, self.shown), self.polynomial[0])
        shown = [one.hex() for one in self.shown]
        return self.say("reveal", {"coefficients": shown, "pop": pop.told()})

    def share(self, other, wrong=0):
        self.ks[other.place.index] = draw()
        envelope = Envelope(self.terms.election, self.place.index, other.place.index)
        value = (ceremony.value_at(self.polynomial, other.place.index) + wrong) % ORDER
        k = self.ks[other.place.index]
        body = ceremony.mask_share(envelope, value, base(other.transport), source=lambda: k)
        return self.say("share", body)

    def complain(self, against, share=0):
        told = {"against": against.place.index, "share": encode_scalar(share).hex()}
        return self.say("complain", told)

    def answer(self, other, k=None):
        opened = k or self.ks[other.place.index]
        body = {"to": other.place.index, "k": encode_scalar(opened).hex()}
        return self.say("complain", body)

    def confirm(self, rounds):
        keys, joint = rounds.verification_keys(), rounds.joint_key()
        statement = ceremony.confirmation(self.place, keys, joint, key=base(self.signing))
        signed = proofs.sign(statement, self.signing).told()
        return self.say("confirm", {"confirmation": signed})


def made(*, additive=False, threshold=2, trustees=3):
    terms = Terms(ID, trustees, trustees if additive else threshold, additive)
    return Rounds(terms), [Trustee(terms, number) for number in terms.numbers]


def reached(act, **terms):
    """Return a ceremony just before a round, and its trustees."""
    rounds, trustees = made(**terms)
    steps = {
        "commit": lambda: [one.commit() for one in trustees],
        "reveal": lambda: [one.reveal() for one in trustees],
        "share": lambda: [
            one.share(other) for one in trustees for other in trustees if one is not other
        ],
        "confirm": lambda: [one.confirm(rounds) for one in trustees],
    }
    for name, step in steps.items():
        if name == act:
            break
        if name != "share" or not rounds.terms.additive:
            for message in step():
                rounds.take(message)
    return rounds, trustees


def code(rounds, message):
    """Return why a message is refused; `kept` where it is not, or is kept all the same."""
    before = dict(rounds.said)
    try:
        rounds.take(message)
    except Unfit as error:
        return error.code if rounds.said == before else "kept"
    return "kept"


@pytest.mark.parametrize("additive", [False, True])
def test_a_ceremony_ends_with_what_the_verifier_finds_good(additive):
    rounds, trustees = reached("end", additive=additive)
    told = rounds.outcome({one.place.index: f"Trustee {one.place.index}" for one in trustees})
    assert fits("ceremony", told)
    listed = {
        "mode": rounds.terms.mode,
        "threshold": rounds.terms.threshold,
        "keys": [key.hex() for key in rounds.verification_keys()],
        "ceremony": h32("ceremony", write(told)).hex(),
    }
    setup = {"election": ID, "trustees": listed, "public_key": rounds.joint_key().hex()}
    notes = Notes()
    examine_trustees(setup, told, notes)
    assert notes.are_good()
    assert notes.outcomes["S05"].count == 3


def test_the_published_values_come_out(vectors):
    told = vectors["threshold_2_of_3"]
    terms = Terms(ID, 3, 2)
    rounds = Rounds(terms)
    trustees = [
        Trustee(terms, at + 1, [secret(f"dkg/{at + 1}/a{k}") for k in range(2)]) for at in range(3)
    ]
    for act in ("commit", "reveal"):
        for one in trustees:
            rounds.take(getattr(one, act)())
    assert [key.hex() for key in rounds.verification_keys()] == told["verification_keys"]
    assert rounds.joint_key().hex() == told["public_key"]


def test_a_message_twice_changes_nothing_and_another_one_is_refused():
    rounds, trustees = reached("reveal")
    again = trustees[0].commit()
    rounds.take(again)
    assert len(rounds.said) == 3
    other = Trustee(rounds.terms, 1, [draw(), draw()])
    assert code(rounds, other.commit()) == "repeated"


def test_rounds_come_in_their_order():
    rounds, (ada, bo, cy) = made()
    assert code(rounds, ada.reveal()) == "round"
    rounds.take(ada.commit())
    rounds.take(bo.commit())
    assert code(rounds, ada.reveal()) == "round"
    rounds.take(cy.commit())
    rounds.take(ada.reveal())
    assert code(rounds, ada.share(bo)) == "round"
    rounds.take(bo.reveal())
    rounds.take(cy.reveal())
    assert code(rounds, ada.complain(bo)) == "round"
    assert code(rounds, ada.confirm(rounds)) == "round"


def test_who_shows_another_polynomial_is_refused():
    rounds, (ada, _, _) = reached("reveal")
    other = Trustee(rounds.terms, 1, [draw(), draw()])
    assert code(rounds, other.reveal()) == "commitment"
    assert code(rounds, ada.say("reveal", {**ada.reveal()["body"], "coefficients": []})) == "form"


def test_a_key_stands_once():
    rounds, (ada, _, _) = made()
    rounds.take(ada.commit())
    copied = Trustee(rounds.terms, 2, transport=ada.transport)
    assert code(rounds, copied.commit()) == "distinct"
    rounds.take(Trustee(rounds.terms, 2).commit())


def test_only_who_holds_the_signing_key_speaks():
    rounds, (ada, bo, _) = reached("reveal")
    body = ada.reveal()["body"]
    assert code(rounds, write_message(ada.place, "reveal", body, secret=bo.signing)) == "signature"
    changed = copy.deepcopy(ada.reveal())
    changed["signature"]["z"] = encode_scalar(1).hex()
    assert code(rounds, changed) == "signature"
    changed["signature"]["z"] = "f" * 64
    assert code(rounds, changed) == "encoding"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"election": "01JZX5W0QS4D8M2V7K3T9RYB6D"}, "election"),
        ({"trustee": 4}, "trustee"),
        ({"round": "vote"}, "form"),
        ({"round": "share"}, "form"),
        ({"v": 2}, "form"),
        ({"more": 1}, "form"),
    ],
)
def test_what_belongs_elsewhere_is_refused(change, expected):
    rounds, (ada, _, _) = made()
    assert code(rounds, {**ada.commit(), **change}) == expected


def test_a_transport_key_belongs_to_one_mode():
    rounds, (ada, _, _) = made(additive=True)
    body = {**ada.commit()["body"], "transport_key": base(ada.transport).hex()}
    assert code(rounds, ada.say("commit", body)) == "form"
    rounds, (ada, _, _) = made()
    assert code(rounds, ada.say("commit", {**body, "transport_key": "0" * 64})) == "encoding"


def test_shares_go_to_others():
    rounds, (ada, bo, _) = reached("share")
    body = ada.share(bo)["body"]
    for to in (1, 4):
        assert code(rounds, ada.say("share", {**body, "to": to})) == "trustee"


def test_who_cheats_with_a_share_is_named():
    rounds, (ada, bo, cy) = reached("share")
    for one, other in ((ada, cy), (bo, ada), (bo, cy), (cy, ada), (cy, bo)):
        rounds.take(one.share(other))
    rounds.take(ada.share(bo, wrong=1))
    told = rounds.said["share", 1, 2]["body"]
    got = ceremony.read_share(Envelope(ID, 1, 2), told, bo.transport)
    assert not ceremony.is_good_share(ada.shown, 2, got)
    assert code(rounds, ada.answer(bo)) == "round"
    rounds.take(bo.complain(ada, got))
    assert rounds.at_fault(2, 1) is None
    assert code(rounds, cy.confirm(rounds)) == "complaint"
    rounds.take(ada.answer(bo))
    assert rounds.at_fault(2, 1) == 1
    assert code(rounds, cy.confirm(rounds)) == "complaint"


def test_who_opens_another_share_is_named():
    rounds, (ada, bo, _) = reached("confirm")
    rounds.take(bo.complain(ada))
    rounds.take(ada.answer(bo, draw()))
    assert rounds.at_fault(2, 1) == 1


def test_who_complains_falsely_is_named_and_the_others_go_on():
    rounds, (ada, bo, cy) = reached("confirm")
    rounds.take(bo.complain(ada, 5))
    rounds.take(ada.answer(bo))
    assert rounds.at_fault(2, 1) == 2
    for one in (ada, bo, cy):
        rounds.take(one.confirm(rounds))
    assert rounds.is_complete("confirm")


def test_another_outcome_is_not_confirmed():
    rounds, (ada, _, _) = reached("confirm")
    other, others = reached("confirm", threshold=3)
    assert code(rounds, ada.confirm(other)) == "confirmation"
    assert others[0].place == ada.place
    assert decode_scalar(encode_scalar(5).hex()) == 5
