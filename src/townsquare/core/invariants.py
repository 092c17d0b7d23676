"""What must always be true, asked of a running town in one snapshot that only reads."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from townsquare.core.audit import AuditLink
from townsquare.core.breach import Breach
from townsquare.core.db import looking
from townsquare.core.imports.runs import ImportOutcomeRow, ImportRow
from townsquare.core.manifest import Service
from townsquare.core.town import Town

CORE = "core"


def breaches(town: Town, service: str = "") -> dict[str, list[Breach]]:
    """Return what is broken, by service; an empty answer means that all is well."""
    checks = {CORE: OF_CORE, **{s.name: s.invariants for s in town.services}}
    found: dict[str, list[Breach]] = {}
    with looking(town.database) as connection, town.sessions(bind=connection) as db:
        for name, rules in checks.items():
            if service in {"", name}:
                found[name] = [breach for rule in rules for breach in rule(db)]
    return {name: broken for name, broken in found.items() if broken}


def known(services: Iterable[Service]) -> set[str]:
    """Return the names that can be asked for."""
    return {CORE, *(service.name for service in services)}


def every_row_of_an_import_has_an_outcome(db: Session) -> list[Breach]:
    """Return the runs whose outcomes are not as many as their counter says."""
    told = (
        select(ImportRow.public_id)
        .outerjoin(ImportOutcomeRow, ImportOutcomeRow.run_id == ImportRow.id)
        .group_by(ImportRow.id, ImportRow.public_id, ImportRow.next_row)
        .having(func.count(ImportOutcomeRow.id) != ImportRow.next_row)
    )
    rows = tuple(db.scalars(told))
    return [Breach("core.import-rows", rows)] if rows else []


def every_chain_of_the_audit_is_whole(db: Session) -> list[Breach]:
    """Return the services whose links are not numbered from one without a gap."""
    gaps = (
        select(AuditLink.service)
        .group_by(AuditLink.service)
        .having(func.count() != func.max(AuditLink.seq))
    )
    rows = tuple(db.scalars(gaps))
    return [Breach("core.audit-chain", rows)] if rows else []


OF_CORE = (every_row_of_an_import_has_an_outcome, every_chain_of_the_audit_is_whole)
