"""The precincts of an election, and what an election lacks before it can be frozen."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.majorities import registered_of
from townsquare.services.elections.models.nominating import lacking_candidates
from townsquare.services.elections.models.readiness import (
    ROLL_UNKNOWN,
    missing_imported,
    missing_of,
    missing_on_paper,
)
from townsquare.services.elections.models.returning import expected
from townsquare.services.elections.models.returns import ElectionPrecinctRow, PrecinctRow
from townsquare.services.elections.results.elections import Election
from townsquare.services.elections.rules.parts import ROLL


def precincts_of(db: Session, election_id: int) -> list[dict[str, Any]]:
    """Return the precincts of an election in plain values, in the order of their codes."""
    chosen = (
        select(PrecinctRow.code, PrecinctRow.name, ElectionPrecinctRow.registered)
        .join(ElectionPrecinctRow, ElectionPrecinctRow.precinct_id == PrecinctRow.id)
        .where(ElectionPrecinctRow.election_id == election_id)
    )
    # Sorted here: the hash of the set-up is the same whatever a database takes for their order.
    found = sorted(db.execute(chosen), key=lambda one: one.code)
    return [
        {"code": code, "name": name, **({} if many is None else {"registered": many})}
        for code, name, many in found
    ]


def lacking(db: Session, row: ElectionRow, told: Election, *, now: datetime) -> list[str]:
    """Return in words what an election of its kind lacks before it can be frozen."""
    if row.tier == "imported":
        return missing_imported(told)
    if row.tier == "paper":
        found = missing_on_paper(told, now, expected(db, row.id)[0])
        if any(one.majority and one.majority.base == ROLL for one in told.contests):
            found += [] if registered_of(db, row.id) else [ROLL_UNKNOWN]
    else:
        found = missing_of(told, now)
    nominated = any(one.nominated for one in told.contests)
    return [*found, *lacking_candidates(db, row, now)] if nominated else found
