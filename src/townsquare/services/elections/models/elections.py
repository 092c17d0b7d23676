"""What is set up: elections, their questions and options, voters and rolls; frozen by triggers."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, exists, false, select
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from townsquare.core.db import Model, Recorded
from townsquare.core.identity.models import AccountRow
from townsquare.core.usecase import Actor
from townsquare.services.elections.rules.parts import BASES
from townsquare.services.elections.rules.ways import (
    BEST_GRADE,
    CHOOSE,
    KINDS,
    LARGEST_SCORE,
    ONE_SEAT,
    rules_of_kind,
)

TIERS = ("poll", "encrypted", "paper", "imported")
WITH_MAJORITY = ("poll", "paper")  # What the town counts itself, from what it holds itself.
# Closed means counted. Of an encrypted or a paper election counting is the time of its tally.
STATES = ("draft", "frozen", "counting", "closed", "certified", "annulled")
ORDERS = ("list", "alphabetical", "random")  # Of the options before a voter.
WHOLE = "elections_election.id"
RULE_FITS = " OR ".join(
    f"kind = '{kind}' AND rule IN ({', '.join(repr(code) for code in rules_of_kind(kind))})"
    for kind in KINDS
)
GREATEST = (
    f"kind = 'score' AND greatest BETWEEN 1 AND {LARGEST_SCORE}"
    f" OR kind = 'grid' AND greatest BETWEEN 1 AND {BEST_GRADE}"
    " OR kind IN ('choose', 'rank') AND greatest = 0"
)
# A majority is asked for whole or not at all, and one that can be reached.
MAJORITY = {
    "majority_whole": "(majority_num IS NULL) = (majority_den IS NULL)"
    " AND (majority_num IS NULL) = (majority_strict IS NULL)"
    " AND (majority_num IS NULL) = (majority_base IS NULL)",
    "majority_part": "majority_num > 0 AND majority_den <= 1000 AND (majority_num < majority_den"
    " OR majority_num = majority_den AND NOT majority_strict)",
    "majority_base": f"majority_base IN {BASES}",
    "majority_kind": f"majority_num IS NULL OR kind = '{CHOOSE}'",
}


class ElectionRow(Recorded, Model):
    """One election; whether it is open is said by its times and the clock of the database."""

    __tablename__ = "elections_election"

    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    tier: Mapped[str] = mapped_column(default="poll")
    zone: Mapped[str]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    planned_closes_at: Mapped[datetime | None]  # As frozen, once two people moved the closing.
    suspended: Mapped[bool] = mapped_column(default=False)
    nominations_from: Mapped[datetime | None]
    nominations_to: Mapped[datetime | None]
    appeal_days: Mapped[int] = mapped_column(default=0)
    quorum_num: Mapped[int] = mapped_column(default=0)
    quorum_den: Mapped[int] = mapped_column(default=1)
    rehearsal: Mapped[bool] = mapped_column(default=False)
    rehearsal_of: Mapped[str] = mapped_column(server_default="")  # Its public id, empty of none.
    drafted_by_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="draft")
    drawn: Mapped[str] = mapped_column(default="")
    setup_hash: Mapped[str] = mapped_column(default="")
    proposed_by: Mapped[str] = mapped_column(default="")
    proposed_by_id: Mapped[int | None]
    confirmed_by: Mapped[str] = mapped_column(default="")
    confirmed_by_id: Mapped[int | None]
    waiver: Mapped[str] = mapped_column(default="", server_default="")  # Why it is not rehearsed.
    waived_by: Mapped[str] = mapped_column(default="", server_default="")
    waived_by_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("tier IN " + str(TIERS), name="tier"),
        CheckConstraint("state IN " + str(STATES), name="state"),
        CheckConstraint("opens_at < closes_at", name="times"),
        CheckConstraint(
            "nominations_from IS NULL AND nominations_to IS NULL"
            " OR nominations_from <= nominations_to AND nominations_to <= opens_at",
            name="nominations",
        ),
        CheckConstraint("rehearsal_of = '' OR rehearsal", name="rehearsal"),
        CheckConstraint("appeal_days >= 0", name="appeals"),
        CheckConstraint("quorum_num >= 0 AND quorum_num <= quorum_den", name="quorum"),
        CheckConstraint("quorum_den >= 1", name="quorum_of"),
        CheckConstraint(
            "(proposed_by_id IS NULL OR proposed_by_id > 0)"
            " AND (confirmed_by_id IS NULL OR confirmed_by_id > 0)",
            name="people",
        ),
        CheckConstraint(
            "state = 'draft' OR (proposed_by_id IS NOT NULL AND confirmed_by_id IS NOT NULL"
            " AND proposed_by_id <> confirmed_by_id AND setup_hash <> '')",
            name="two_people",
        ),
        CheckConstraint("state = 'draft' OR tier <> 'poll' OR drawn <> ''", name="drawn"),
        CheckConstraint("(waiver = '') = (waived_by_id IS NULL)", name="waiver"),
        Index("ix_elections_election_closing", "state", "closes_at"),
        Index("ix_elections_election_rehearsal_of", "rehearsal_of"),
    )


PEOPLE, TWO_PEOPLE = "ck_elections_election_people", "ck_elections_election_two_people"


class ContestRow(Recorded, Model):
    """One question: how it is marked and counted, and how many win.

    `most` is how many options may be marked, or how many ranks there are; `greatest` the most
    points or the best grade that an option may be given, 0 where there are none. The options of a
    `nominated` one are the candidates who were accepted. The columns of a majority are empty where
    none is asked for.
    """

    __tablename__ = "elections_contest"

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    code: Mapped[str]
    title: Mapped[str]
    position: Mapped[int]
    least: Mapped[int]
    most: Mapped[int]
    seats: Mapped[int]
    blank: Mapped[bool]
    kind: Mapped[str] = mapped_column(default=CHOOSE)
    rule: Mapped[str] = mapped_column(default="plurality")
    greatest: Mapped[int] = mapped_column(default=0)
    nominated: Mapped[bool] = mapped_column(default=False, server_default=false())
    ordering: Mapped[str] = mapped_column(default="list", server_default="list")
    majority_num: Mapped[int | None]
    majority_den: Mapped[int | None]
    majority_strict: Mapped[bool | None]
    majority_base: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(f"ordering IN {ORDERS}", name="ordering"),
        CheckConstraint("least >= 0 AND most >= 1 AND least <= most AND seats >= 1", name="range"),
        CheckConstraint(RULE_FITS, name="rule"),
        CheckConstraint(GREATEST, name="greatest"),
        CheckConstraint(f"rule NOT IN {ONE_SEAT} OR seats = 1", name="one_seat"),
        *(CheckConstraint(told, name=name) for name, told in MAJORITY.items()),
    )


ONE_CODE = Index("uq_elections_contest_code", ContestRow.election_id, ContestRow.code, unique=True)
# A candidate refers to both, so that nobody stands in a question of another election.
OF_ELECTION = Index("uq_elections_contest_of", ContestRow.election_id, ContestRow.id, unique=True)


class OptionRow(Model):
    """One answer to a question."""

    __tablename__ = "elections_option"

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("elections_contest.id"))
    code: Mapped[str]
    title: Mapped[str]
    position: Mapped[int]

    __table_args__ = (Index("uq_elections_option_code", "contest_id", "code", unique=True),)


class VoterRow(Recorded, Model):
    """Somebody who may be enrolled; nobody knows the person any more when they have left.

    Whoever has confirmed the address is the voter, whenever they make their account: the row of a
    frozen roll does not change for that.
    """

    __tablename__ = "elections_voter"

    person: Mapped[str | None]
    address: Mapped[str | None]
    number: Mapped[str]
    precinct: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="active")

    __table_args__ = (CheckConstraint("state IN ('active', 'suspended')", name="state"),)


ONE_NUMBER = Index("uq_elections_voter_number", VoterRow.number, unique=True)
ONE_PERSON = Index("uq_elections_voter_person", VoterRow.person, unique=True)
ONE_ADDRESS = Index("uq_elections_voter_address", VoterRow.address, unique=True)


def is_voter(actor: Actor) -> ColumnElement[bool]:
    """Return when a voter is this person: enrolled as such, or under an address they confirmed.

    One value beside each index, so that nobody reads a whole roll to find one voter.
    """
    return voter_is(actor.id, actor.person)


def voter_is(
    account: int | BindParameter[int], person: str | BindParameter[str]
) -> ColumnElement[bool]:
    """Return when a voter is who has this account and is this person, as `is_voter` does."""
    confirmed = select(AccountRow.email).where(
        AccountRow.id == account,
        AccountRow.person == person,
        AccountRow.confirmed_at.is_not(None),
    )
    return (VoterRow.person == person) | (VoterRow.address == confirmed.scalar_subquery())


def has_confirmed() -> ColumnElement[bool]:
    """Return when somebody can sign in by the address under which a voter was enrolled."""
    confirmed = AccountRow.confirmed_at.is_not(None)
    return exists().where(AccountRow.email == VoterRow.address, confirmed)


class RollRow(Recorded, Model):
    """One voter on the roll of one election, and how much their vote counts.

    Who has no style votes on all questions; of `style_by_precinct` it is the one of their precinct,
    and goes with it. `precinct` is where they live as the roll was made, as a code; empty where
    nobody says it. A roll with somebody challenged cannot be frozen.
    """

    __tablename__ = "elections_roll_entry"
    __table_args__ = (
        CheckConstraint("weight >= 1 AND weight <= 9999999", name="weight"),
        CheckConstraint("state IN ('eligible', 'challenged')", name="state"),
        CheckConstraint("NOT style_by_precinct OR style_id IS NOT NULL", name="style_by_precinct"),
        Index("ix_elections_roll_entry_precinct", "election_id", "precinct"),
        Index("ix_elections_roll_entry_alike", "election_id", "weight", "style_id"),
    )

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    voter_id: Mapped[int] = mapped_column(ForeignKey("elections_voter.id"), index=True)
    weight: Mapped[int] = mapped_column(server_default="1")
    precinct: Mapped[str] = mapped_column(server_default="")
    style_id: Mapped[int | None] = mapped_column(ForeignKey("elections_style.id"), index=True)
    style_by_precinct: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[str] = mapped_column(server_default="eligible")


ONE_ENTRY = Index("uq_elections_roll", RollRow.election_id, RollRow.voter_id, unique=True)
SEPARATE = "elections_roles_not_separate"  # What it says where one person would have two parts.
NOT_REHEARSED = "elections_unrehearsed"  # What it says of an encrypted one that nobody has tried.
NO_MAJORITY = "elections_no_majority"  # What it says of one where the kind of election has none.
FROZEN = "elections_frozen"  # What the database says to whoever changes what was frozen.
