"""What an encrypted election stands on: its trustees, its authority, seeds, credentials, set-up.

Only public messages are here. What a trustee, the authority or a holder of a seed keeps secret is
made by their own programs and never reaches the server, but for seeds, after the closing.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model
from townsquare.services.elections.models.elections import WHOLE

MODES = ("all", "threshold")
# Failing is a trustee who did not answer when asked after the freezing.
TRUSTEE_STATES = ("invited", "committed", "revealed", "shared", "confirmed", "failing")
# An answer opens the share of a complaint; its message says that it is of that round.
ROUNDS = ("commit", "reveal", "share", "complain", "answer", "confirm")
EVERYBODY = 0  # The receiver of a message that is for all.


class SetupRow(Model):
    """How the joint key is made, and from the freezing on the messages that fix the election.

    `setup`, `ceremony` and `roll` are canonical texts, empty in a draft. `attempt` counts the
    ceremonies that were begun; `aborted` says why the one before was given up.
    """

    __tablename__ = "elections_setup"
    __table_args__ = (
        CheckConstraint("mode IN " + str(MODES), name="mode"),
        CheckConstraint("threshold >= 1 AND threshold <= 20 AND attempt >= 1", name="range"),
    )

    election_id: Mapped[int] = mapped_column(
        ForeignKey(WHOLE), primary_key=True, autoincrement=False
    )
    mode: Mapped[str]
    threshold: Mapped[int]
    attempt: Mapped[int] = mapped_column(default=1)
    aborted: Mapped[str] = mapped_column(default="")
    named: Mapped[int] = mapped_column(default=0)  # The trustee for whom that was, if one was.
    setup: Mapped[str] = mapped_column(default="")
    ceremony: Mapped[str] = mapped_column(default="")
    roll: Mapped[str] = mapped_column(default="")


class TrusteeRow(Model):
    """One of those who make the joint key and decrypt together; numbers begin at 1."""

    __tablename__ = "elections_trustee"
    __table_args__ = (
        CheckConstraint("state IN " + str(TRUSTEE_STATES), name="state"),
        CheckConstraint("number >= 1 AND number <= 20", name="number"),
    )

    election_id: Mapped[int] = mapped_column(
        ForeignKey(WHOLE), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[int] = mapped_column(index=True)
    name: Mapped[str]
    signing_key: Mapped[str] = mapped_column(default="")
    transport_key: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="invited")


class CeremonyMessageRow(Model):
    """What one trustee has said in one round, as canonical texts; nothing of it is taken back."""

    __tablename__ = "elections_ceremony_message"
    __table_args__ = (
        CheckConstraint("round IN " + str(ROUNDS), name="round"),
        Index(
            "uq_elections_ceremony_message_said",
            *("election_id", "attempt", "round", "trustee", "receiver"),
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    attempt: Mapped[int]
    round: Mapped[str]
    trustee: Mapped[int]
    receiver: Mapped[int] = mapped_column(default=EVERYBODY)
    created_at: Mapped[datetime]
    body: Mapped[str]
    signature: Mapped[str]


class AuthorityRow(Model):
    """Who issues the credentials; `made_from` is the hash of the roll that they were issued for."""

    __tablename__ = "elections_authority"

    election_id: Mapped[int] = mapped_column(
        ForeignKey(WHOLE), primary_key=True, autoincrement=False
    )
    account: Mapped[int] = mapped_column(index=True)
    name: Mapped[str]
    key: Mapped[str] = mapped_column(default="")
    made_from: Mapped[str] = mapped_column(default="")
    roll: Mapped[str] = mapped_column(default="")
    signature: Mapped[str] = mapped_column(default="")


class TieSeedRow(Model):
    """A seed of the lot: its holder commits before the freezing and shows it after the closing."""

    __tablename__ = "elections_tie_seed"
    __table_args__ = (CheckConstraint("number >= 1 AND number <= 9", name="number"),)

    election_id: Mapped[int] = mapped_column(
        ForeignKey(WHOLE), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[int] = mapped_column(index=True)
    name: Mapped[str]
    commitment: Mapped[str] = mapped_column(default="")
    seed: Mapped[str | None]


class CredentialRow(Model):
    """A public credential of the signed roll; whose it is only the authority knows.

    `replaced_by` is the public credential that counts in its place, empty where none does.
    """

    __tablename__ = "elections_credential"
    __table_args__ = (
        CheckConstraint("weight >= 1", name="weight"),
        CheckConstraint("state IN ('active', 'void')", name="state"),
        CheckConstraint("state = 'void' OR replaced_by = ''", name="replaced"),
        Index("uq_elections_credential", "election_id", "pub", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    pub: Mapped[str]
    weight: Mapped[int]
    style: Mapped[str]
    grp: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")
    replaced_by: Mapped[str] = mapped_column(default="")
