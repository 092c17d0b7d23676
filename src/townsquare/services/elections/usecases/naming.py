"""Who has which part in an encrypted election, and a ceremony that is given up."""

from sqlalchemy import delete, update

from townsquare.core.errors import Invalid
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.ceremony import (
    MOST_TRUSTEES,
    AbortCeremony,
    NameAuthority,
    NameHolders,
    NameTrustees,
)
from townsquare.services.elections.errors import CeremonyRound, RolesNotSeparate
from townsquare.services.elections.events import CeremonyAborted, PartsGiven
from townsquare.services.elections.models.ceremony import (
    AuthorityRow,
    SetupRow,
    TieSeedRow,
    TrusteeRow,
)
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.founding import (
    accounts_at,
    holders_of,
    keep_apart,
    messages_of,
    setup_of,
)
from townsquare.services.elections.models.reading import draft
from townsquare.services.elections.results.elections import Drafted

MANAGE = "elections.trustee.manage"
LEAST_HOLDERS, MOST_HOLDERS = 2, 9
TOO_MANY = translatable("There are at most {most} of them.")
TOO_FEW = translatable("There are not as many of them; name more, or lower the number.")
TWO_HOLDERS = translatable("Name two at least: one alone would know the lot.")


@use_case("elections.trustees.name", permission=MANAGE)
def name_trustees(ctx: Context, wish: NameTrustees) -> Drafted:
    """Name the trustees of a draft, who make its key; while none of them has said anything."""
    emails = _lines(wish.emails, most=MOST_TRUSTEES)
    least = len(emails) if wish.mode == "all" else wish.threshold
    if least > len(emails):
        raise Invalid(fields={"threshold": TOO_FEW})
    row, setup = _prepared(ctx, wish.id)
    if _has_begun(ctx, row, setup):
        raise CeremonyRound(why="begun")
    setup.mode, setup.threshold = wish.mode, least
    ctx.db.execute(delete(TrusteeRow).where(TrusteeRow.election_id == row.id))
    for number, (account, name) in enumerate(accounts_at(ctx, emails), 1):
        facts = {"election_id": row.id, "number": number}
        ctx.db.add(TrusteeRow(account=account, name=name, **facts))
    return _given(ctx, row, "trustees")


@use_case("elections.authority.name", permission=MANAGE)
def name_authority(ctx: Context, wish: NameAuthority) -> Drafted:
    """Name who issues the credentials of a draft; what another one has signed is gone."""
    row, _setup = _prepared(ctx, wish.id)
    [(account, name)] = accounts_at(ctx, [wish.email])
    ctx.db.execute(delete(AuthorityRow).where(AuthorityRow.election_id == row.id))
    ctx.db.add(AuthorityRow(election_id=row.id, account=account, name=name))
    return _given(ctx, row, "authority")


@use_case("elections.seed-holders.name", permission=MANAGE)
def name_holders(ctx: Context, wish: NameHolders) -> Drafted:
    """Name who holds the seeds of the lot; whoever was one under the same number stays it."""
    emails = _lines(wish.emails, most=MOST_HOLDERS)
    if len(emails) < LEAST_HOLDERS:
        raise Invalid(fields={"emails": TWO_HOLDERS})
    row, _setup = _prepared(ctx, wish.id)
    named = dict(enumerate(accounts_at(ctx, emails), 1))
    _refuse_twice(row, list(named.values()))
    for one in holders_of(ctx.db, row.id):
        if named.get(one.number, (0, ""))[0] == one.account:
            del named[one.number]
        else:
            ctx.db.delete(one)
    ctx.db.flush()
    for number, (account, name) in named.items():
        ctx.db.add(TieSeedRow(election_id=row.id, number=number, account=account, name=name))
    return _given(ctx, row, "seed-holders")


@use_case("elections.ceremony.abort", permission=MANAGE)
def abort_ceremony(ctx: Context, wish: AbortCeremony) -> Drafted:
    """Give a ceremony up; all begin again from nothing, and what was said stays on record."""
    row, setup = _prepared(ctx, wish.id)
    if not _has_begun(ctx, row, setup):
        raise CeremonyRound(why="not-begun")
    begin_again(ctx, row, setup, because=(wish.reason, wish.trustee))
    return Drafted(row.public_id, row.version)


def begin_again(
    ctx: Context, row: ElectionRow, setup: SetupRow, *, because: tuple[str, int]
) -> None:
    """Let all trustees of a draft begin again, and say why and for whom that is."""
    setup.attempt += 1
    setup.aborted, setup.named = because
    fresh = {"state": "invited", "signing_key": "", "transport_key": ""}
    ctx.db.flush()
    mine = TrusteeRow.election_id == row.id
    ctx.db.execute(update(TrusteeRow).where(mine).values(fresh))
    ctx.emit(CeremonyAborted(row.public_id, *because))


def _prepared(ctx: Context, public_id: str) -> tuple[ElectionRow, SetupRow]:
    row = draft(ctx, public_id)
    return row, setup_of(ctx.db, row)


def _has_begun(ctx: Context, row: ElectionRow, setup: SetupRow) -> bool:
    """Tell whether anything was said in the ceremony that is going on."""
    return bool(messages_of(ctx.db, row.id, setup.attempt))


def _given(ctx: Context, row: ElectionRow, part: str) -> Drafted:
    ctx.db.flush()
    keep_apart(ctx.db, row, ctx.actor.id)
    ctx.emit(PartsGiven(row.public_id, part))
    return Drafted(row.public_id, row.version)


def _refuse_twice(row: ElectionRow, people: list[tuple[int, str]]) -> None:
    """Refuse one person with two seeds, but in a rehearsal: they would know the lot."""
    for at, (account, name) in enumerate(people):
        if not row.rehearsal and account in {other for other, _name in people[:at]}:
            raise RolesNotSeparate(name=name)


def _lines(text: str, *, most: int) -> list[str]:
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if len(found) > most:
        raise Invalid(fields={"emails": TOO_MANY.format(most=most)})
    return found
