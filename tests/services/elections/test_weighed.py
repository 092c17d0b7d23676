"""An encrypted election with styles, weights and units: from its roll to a result that is good."""

import json

import pytest

from tests.services.elections.founding import INES, PRIYA, founding
from tests.services.elections.polling import EVERYBODY
from tests.services.elections.sealing import Sealed, exported
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.ballots import CastSealed, EnterMessage
from townsquare.services.elections.commands.booth import SealBallot
from townsquare.services.elections.commands.ceremony import RevealSeed
from townsquare.services.elections.commands.elections import ConfirmFreeze
from townsquare.services.elections.commands.fields import ChosenVersion
from townsquare.services.elections.commands.rolls import DefineStyle
from townsquare.services.elections.commands.voting import ImportRoll
from townsquare.services.elections.errors import FewAlike
from townsquare.services.elections.queries.booth import seal_ballot
from townsquare.services.elections.queries.elections import read_paper
from townsquare.services.elections.usecases import freezing, rolls, styling
from townsquare.services.elections.usecases.ceremony import reveal_seed
from townsquare.services.elections.usecases.decrypting import submit_partial
from townsquare.services.elections.usecases.sealed_casting import cast_sealed
from townsquare_verify import verify
from tsv1 import tally
from tsv1.canonical import write

pytestmark = pytest.mark.engines("sqlite")
NORTH = {"code": "north", "title": "The north", "contests": "works"}


def listed():
    """Return ten voters of the north, who answer one question, ten of the south, two between."""
    places = [("A 1", "north", 1)] * 9 + [("A 1", "north", 3)] + [("B", "", 1)] * 10
    lines = [
        f"N{at:02},Voter {at},n{at}@b.example,{place},{style},{weight}"
        for at, (place, style, weight) in enumerate([*places, ("a-2", "", 2), ("A-2", "", 1)])
    ]
    return "\n".join(["number,name,email,precinct,style,weight", *lines])


@pytest.fixture
def made(town, clock):
    """The election as it is open, its voters with their weights, styles and precincts."""
    draft = founding(town, clock, "M-1")
    draft.do(INES, styling.define_style, DefineStyle, **NORTH)
    draft.do(INES, rolls.import_roll, ImportRoll, rows=listed())
    draft.name_all()
    draft.prepare()
    draft.do(INES, freezing.propose_freeze, ChosenVersion, version=draft.version)
    with pytest.raises(FewAlike):  # One weighs 3, another one 2.
        draft.do(PRIYA, freezing.confirm_freeze, ConfirmFreeze, version=draft.version)
    told = {"version": draft.version, "few_alike": True}
    draft.do(PRIYA, freezing.confirm_freeze, ConfirmFreeze, **told)
    draft.open()
    return draft


def vote(made, number, **choices):
    """Let a voter vote where the server encrypts."""
    who = made.voter(number)
    told = {"id": made.id, "token": made.tokens[number], "choices": choices}
    with made.town.working(who, reads=True) as ctx:
        ballot = seal_ballot(ctx, SealBallot.model_validate(told)).ballot
    return made.do(
        Actor(who.id, number, EVERYBODY, who.person), cast_sealed, CastSealed, ballot=ballot
    )


def asked(made, number):
    """Return the questions that the booth asks somebody."""
    with made.town.working(made.voter(number), reads=True) as ctx:
        return [one.code for one in read_paper(ctx, made.chosen).election.contests]


def counted(made):
    """Close the election and count it; return it as its board has it."""
    board = Sealed(made.town, made.clock, *made.messages())
    made.clock.set(2026, 3, 2, 12, 0)
    board.step()
    for name, seed in zip(("Lena", "Tomas"), made.seeds, strict=True):
        made.do(made.people[name], reveal_seed, RevealSeed, seed=seed.hex())
    board.step()
    (told,) = board.told("tally")
    for name, number in (("Lena", 1), ("Tomas", 2)):
        secret = made.secret_of(number)
        part = tally.partial(board.election, told, number, secret=secret)
        made.do(made.people[name], submit_partial, EnterMessage, message=write(part).decode())
    board.step()
    return board


def test_the_set_up_has_styles_and_units_of_ten_voters(made):
    setup, _ceremony, roll = made.messages()
    assert setup["styles"] == [
        {"id": "all", "contests": ["chair", "works"]},
        {"id": "north", "contests": ["works"]},
    ]
    assert setup["groups"] == [
        {"id": "a-1", "members": ["a-1"]},
        {"id": "a-2", "members": ["a-2", "all", "b"]},
    ]
    assert (setup["roll"]["count"], setup["roll"]["weight"]) == (23, 26)
    assert "3,north,a-1\n" in roll["text"]
    assert (asked(made, "N09"), asked(made, "N10")) == (["works"], ["chair", "works"])


def test_weights_are_summed_and_each_answers_the_questions_of_their_style(made):
    vote(made, "N09", works=["path"])  # Of the north, with weight 3.
    vote(made, "N20", chair=["bo"], works=["path", "well"])  # Weight 2.
    vote(made, "N10", chair=["ada"], works=[])
    board = counted(made)
    (result,) = board.told("result")
    assert json.dumps(result).count('"group"') >= 2
    counts = {one["contest"]: one["elected"] for one in board.told("count")}
    assert counts == {"chair": ["bo"], "works": ["path", "well"]}
    raw = exported(board)
    key = json.loads(raw.splitlines()[-1])["key"]
    assert [one for one in verify(raw, key)["checks"] if not one["ok"]] == []
