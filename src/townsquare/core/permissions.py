"""Named permissions and roles: what may be given, and who may give it."""

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from townsquare.core.identity.manifest import ADMINISTRATOR, APPOINT_ALONE, PERMISSIONS, SENSITIVE
from townsquare.core.identity.steps import keep_roles
from townsquare.core.manifest import Service
from townsquare.core.words import translatable

OPERATIONS = {
    "operations.job.view": translatable("See work that could not be done"),
    "operations.job.retry": translatable("Let such work try again, or give it up"),
    "operations.webhook.manage": translatable("Let other programs be told what happens"),
}
# What the clock or an operator at the command line does; no role holds it.
CONSOLE = {
    "core.search.rebuild": translatable("Write the search index again from the records"),
    APPOINT_ALONE: translatable("Make somebody an administrator without a second one"),
    "identity.factor.drop": translatable("Remove the second step of somebody who has lost it"),
    "core.key.rotate": translatable("Seal protected records with a new key"),
    "core.key.reseal": translatable("Seal the next protected records with the new key"),
    "core.key.retire": translatable("Retire the keys that nothing needs any more"),
    "core.town.resume": translatable("Let a restored town go on"),
    "core.storage.sweep": translatable("Remove bytes that belong to no file"),
}


def explained(services: Iterable[Service]) -> Mapping[str, str]:
    """Return every permission of the town with its sentence."""
    found = {**PERMISSIONS, **OPERATIONS, **CONSOLE}
    for service in services:
        found |= service.permissions
    return found


def sensitive(services: Iterable[Service]) -> frozenset[str]:
    """Return every permission of the town that asks for a second step."""
    return SENSITIVE.union(*(service.sensitive for service in services))


def install_roles(db: Session, services: Iterable[Service]) -> None:
    """Make the roles that services name, and the administrator; bring them up to date."""
    roles: dict[str, Iterable[str]] = {ADMINISTRATOR: {*PERMISSIONS, *OPERATIONS}}
    for service in services:
        roles |= service.roles
    keep_roles(db, roles)
