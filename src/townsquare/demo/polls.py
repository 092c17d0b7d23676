"""Polls of the demo town: one that was counted, and a rehearsal that is open to everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy import select

from townsquare.core.frozen import dataclass
from townsquare.core.town import Town
from townsquare.demo.cast import CAST
from townsquare.demo.clock import DemoClock
from townsquare.demo.hands import Hands
from townsquare.services.elections.commands.elections import (
    AddContest,
    ConfirmFreeze,
    DraftElection,
)
from townsquare.services.elections.commands.fields import Chosen, ChosenVersion, Nothing
from townsquare.services.elections.commands.voting import CastBallot, ImportRoll
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.queries.elections import read_set_up
from townsquare.services.elections.usecases.casting import cast_ballot
from townsquare.services.elections.usecases.counting import close_due
from townsquare.services.elections.usecases.freezing import confirm_freeze, propose_freeze
from townsquare.services.elections.usecases.rolls import import_roll
from townsquare.services.elections.usecases.setting_up import add_contest, draft_election

SEED = 20_260_504
OFFICER, SECOND = "Ines", "Priya"
OPENS, CLOSES, COUNTED = time(8), time(21), time(21, 1)
OF_THE_BOARD: Sequence[Mapping[str, object]] = (
    {"code": "chair", "title": "Who chairs the board?", "options": "Ada\nBo\nCy"},
    {
        "code": "works",
        "title": "What shall be built this year?",
        "options": "A path\nA well\nA shed",
        "least": 0,
        "most": 2,
        "seats": 2,
    },
)
OF_THE_SQUARE: Sequence[Mapping[str, object]] = (
    {
        "code": "square",
        "title": "What shall stand on the square?",
        "options": "A fountain\nA kiosk\nMore trees",
    },
    {
        "code": "market",
        "title": "On which days shall there be a market?",
        "options": "Wednesday\nFriday\nSaturday\nSunday",
        "most": 3,
        "seats": 2,
    },
)


@dataclass(frozen=True)
class Plan:
    """One poll: what it is called, what it asks, on which days, and who has voted by today."""

    told: Mapping[str, object]
    asks: Sequence[Mapping[str, object]]
    days: tuple[int, int, int]
    voted: int


BOARD = Plan(
    {"title": "Allotment board", "description": "Who looks after the gardens by the river."},
    OF_THE_BOARD,
    (-10, -9, -2),
    14,
)
REHEARSAL = Plan({"title": "Our square", "rehearsal": True}, OF_THE_SQUARE, (-2, -1, 60), 6)


def fill_polls(town: Town) -> None:
    """Let the officers hold two polls, unless there are any already."""
    if not any(service.name == "elections" for service in town.services):
        return
    with town.sessions() as db:
        if db.scalar(select(ElectionRow.id).limit(1)) is not None:
            return
    clock = DemoClock(town.settings.zone, town.now())
    hands, today = Hands(replace(town, now=clock)), clock.today
    for plan in (BOARD, REHEARSAL):
        _hold(hands, plan, clock=clock, today=today)


def _hold(hands: Hands, plan: Plan, *, clock: DemoClock, today: date) -> None:
    """Set a poll up, freeze it, let some of the cast vote, and count it if it is over."""
    set_up, opens, closes = (today + timedelta(days) for days in plan.days)
    clock.open(set_up)
    times = {"opens": datetime.combine(opens, OPENS), "closes": datetime.combine(closes, CLOSES)}
    made = drafted(hands, plan, times)
    freeze(hands, made)
    clock.open(opens)
    chance = Random(SEED)
    for member in chance.sample(CAST, plan.voted):
        clock.pass_minutes(chance.randint(1, 9))
        choices = {str(one["code"]): _marked(one, chance) for one in plan.asks}
        hands.do(member.given, cast_ballot, CastBallot, id=made, choices=choices)
    if closes < today:
        clock.open(closes, COUNTED)
        hands.do(OFFICER, close_due, Nothing)


def freeze(hands: Hands, made: str) -> None:
    """Let two officers freeze an election; both have just shown that it is them."""
    first, second = (replace(hands.who(each), confirmed=True) for each in (OFFICER, SECOND))
    seen = hands.ask(OFFICER, read_set_up, Chosen, id=made).election.version
    hands.do(first, propose_freeze, ChosenVersion, id=made, version=seen)
    seen = hands.ask(OFFICER, read_set_up, Chosen, id=made).election.version
    hands.do(second, confirm_freeze, ConfirmFreeze, id=made, version=seen)


def drafted(hands: Hands, plan: Plan, times: Mapping[str, datetime]) -> str:
    """Return a draft with its questions and all of the cast on its roll."""
    told = {**plan.told, **times, "zone": hands.town.settings.zone}
    drafted = hands.do(OFFICER, draft_election, DraftElection, **told)
    made = drafted.id if drafted else ""
    for question in plan.asks:
        hands.do(OFFICER, add_contest, AddContest, id=made, **question)
    roll = [f"V-{place:03},{member.name},{member.email}" for place, member in enumerate(CAST, 1)]
    rows = "\n".join(("number,name,email", *roll))
    hands.do(OFFICER, import_roll, ImportRoll, id=made, rows=rows)
    return made


def _marked(question: Mapping[str, object], chance: Random) -> tuple[str, ...]:
    """Return what somebody marks; the first options are liked a little more."""
    options = range(1, len(str(question["options"]).splitlines()) + 1)
    many = chance.randint(1, int(str(question.get("most", 1))))
    liked = sorted(options, key=lambda option: option * chance.random())
    return tuple(str(option) for option in sorted(liked[:many]))
