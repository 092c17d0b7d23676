"""The cast gets accounts and cards; further readers come from lists of common names."""

import csv
from importlib.resources import files
from io import StringIO
from random import Random
from secrets import token_urlsafe

from sqlalchemy import select
from sqlalchemy.orm import Session

from townsquare.core.frozen import dataclass
from townsquare.core.identity.manifest import ADMINISTRATOR, APPOINT_ALONE
from townsquare.core.identity.models import AccountRoleRow, AccountRow, RoleRow
from townsquare.core.identity.passwords import hashed
from townsquare.core.identity.steps import give_role
from townsquare.core.ids import new_id
from townsquare.core.permissions import install_roles
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Command, Context, use_case
from townsquare.demo.cast import CAST, Member
from townsquare.services.library.commands.lending import Deposit, RegisterPatron
from townsquare.services.library.models.lending import PatronRow
from townsquare.services.library.usecases.charges import take_deposit
from townsquare.services.library.usecases.patrons import register_patron

READERS = 44
SEED = 20_260_301
DEPOSIT_MINOR = 2000
MIXED = ("AM", "RU")
EVERYBODY = frozenset({"public", "signed-in"})
# What a card may say; the other affiliations of the cast are those of an employer.
CLASSES = ("student", "faculty", "staff", "visitor")


class Newcomer(Command):
    """One person of the cast, roles for them, and the digest of the password of the demo."""

    place: int
    digest: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Staff:
    """Those of the cast through whom the half year is lived."""

    librarian: Actor
    manager: Actor


@dataclass(frozen=True)
class ShopStaff:
    """Those of the cast who work in the shop, and by whose clock."""

    keeper: Actor
    cashier: Actor
    zone: str


@use_case("demo.person.settle", permission="identity.role.grant")
def settle(ctx: Context, wish: Newcomer) -> None:
    """Give one person of the cast an account with a confirmed address and roles."""
    member = CAST[wish.place]
    row = AccountRow(
        public_id=new_id(),
        created_at=ctx.now(),
        email=member.email,
        name=member.name,
        person=new_id(),
        password_hash=wish.digest,
        confirmed_at=ctx.now(),
        demo_sentence=member.sentence,
    )
    ctx.db.add(row)
    ctx.db.flush()
    for role in wish.roles:
        give_role(ctx, row, role)


@use_case("demo.person.promote", permission="identity.role.grant")
def promote(ctx: Context, wish: Newcomer) -> None:
    """Give one person of the cast, who has an account, the roles that they lack."""
    row = ctx.db.scalars(select(AccountRow).filter_by(email=CAST[wish.place].email)).one()
    for role in wish.roles:
        give_role(ctx, row, role)


def settle_cast(town: Town) -> str:
    """Make what is missing of the cast's accounts and roles; return a password that is new."""
    with town.sessions.begin() as db:
        install_roles(db, town.services)
        roles = _roles_of_cast(db)
    missing = [place for place, member in enumerate(CAST) if member.email not in roles]
    password = token_urlsafe(9) if missing else ""
    digest = hashed(password, demo=True) if missing else ""
    founder = Actor(0, "demo", frozenset({"identity.role.grant", APPOINT_ALONE}))
    here = {ADMINISTRATOR, *(role for service in town.services for role in service.roles)}
    for place, member in enumerate(CAST):
        has = roles.get(member.email, set())
        lacks = tuple(role for role in member.roles if role in here and role not in has)
        act = settle if place in missing else promote
        if lacks or place in missing:
            with town.working(founder) as ctx:
                act(ctx, Newcomer(place=place, digest=digest, roles=lacks))
    return password


def _roles_of_cast(db: Session) -> dict[str, set[str]]:
    """Return the roles of those of the cast who have an account, by their addresses."""
    chosen = (
        select(AccountRow.email, RoleRow.name)
        .outerjoin(AccountRoleRow, AccountRoleRow.account_id == AccountRow.id)
        .outerjoin(RoleRow, RoleRow.id == AccountRoleRow.role_id)
        .where(AccountRow.email.in_([member.email for member in CAST]))
    )
    found: dict[str, set[str]] = {}
    for email, role in db.execute(chosen):
        found.setdefault(email, set()).update({role} - {None})
    return found


def staff_of(town: Town) -> Staff:
    """Return the librarian and the manager of the cast with what their roles allow."""
    librarian = next(m for m in CAST if "library.librarian" in m.roles)
    manager = next(m for m in CAST if "library.manager" in m.roles)
    return Staff(_actor(town, librarian), _actor(town, manager))


def shop_staff_of(town: Town, zone: str) -> ShopStaff:
    """Return the keeper and the cashier of the cast with what their roles allow."""
    keeper = next(m for m in CAST if "grocery.keeper" in m.roles)
    cashier = next(m for m in CAST if "grocery.cashier" in m.roles)
    return ShopStaff(_actor(town, keeper), _actor(town, cashier), zone)


def actor_of(town: Town, given: str) -> Actor:
    """Return the one of the cast with this given name, with what their roles allow."""
    return _actor(town, next(m for m in CAST if m.given == given))


def register_readers(town: Town, staff: Staff, branches: list[str]) -> None:
    """Give cards to the cast and to the other readers who have none yet."""
    with town.sessions() as db:
        known = set(db.scalars(select(PatronRow.card)))
    chance = Random(SEED)
    wishes = [*_cards_of_cast(branches[0]), *_cards_of_others(chance, branches)]
    for wish in wishes:
        if wish.card in known:
            continue
        with town.working(staff.librarian) as ctx:
            register_patron(ctx, wish)
            if wish.kind == "visitor":
                take_deposit(ctx, Deposit(card=wish.card, amount_minor=DEPOSIT_MINOR))


def _cards_of_cast(branch: str) -> list[RegisterPatron]:
    made = []
    for member in CAST:
        if member.card is None or member.affiliation is None:
            continue
        kind, number = member.affiliation
        reads_as = kind if kind in CLASSES else "student"
        told = {"given": member.given, "family": member.family, "email": member.email}
        place = {"kind": reads_as, "number": number, "card": member.card, "branch": branch}
        made.append(RegisterPatron.model_validate({**told, **place}))
    return made


def _cards_of_others(chance: Random, branches: list[str]) -> list[RegisterPatron]:
    given, family = _names()
    made = []
    for place in range(READERS):
        country = chance.choice(sorted(given))
        kind = chance.choices(CLASSES, weights=(60, 15, 15, 10))[0]
        told = {
            "given": chance.choice(given[country]),
            "family": chance.choice(family.get(country, family["ES"])),
            "kind": kind,
            "number": f"{kind[:3].upper()}-{5000 + place}",
            "card": f"LC-{5000 + place}",
            "branch": chance.choice(branches),
        }
        made.append(RegisterPatron.model_validate(told))
    return made


def _names() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    text = files("townsquare.demo").joinpath("data/names.csv").read_text("utf-8")
    parts: dict[str, dict[str, list[str]]] = {"given": {}, "family": {}}
    for row in csv.DictReader(StringIO(text)):
        parts[row["part"]].setdefault(row["country"], []).append(row["name"])
    # Where only one half is written in the local script, a name would mix two.
    for country in MIXED:
        parts["given"].pop(country, None)
    return parts["given"], parts["family"]


def _actor(town: Town, member: Member) -> Actor:
    roles = {name: given for s in town.services for name, given in s.roles.items()}
    allowed = {p for name in member.roles for p in roles.get(name, ())}
    with town.sessions() as db:
        row = db.scalars(select(AccountRow).filter_by(email=member.email)).one()
        return Actor(row.id, row.name, EVERYBODY | allowed, row.person)
