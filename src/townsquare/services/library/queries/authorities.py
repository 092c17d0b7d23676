"""Branches, categories, publishers and names, in their order, page by page."""

from typing import Any, TypeVar

from sqlalchemy import bindparam, func, literal, select
from sqlalchemy.orm import aliased

from townsquare.core.paging import Order, Pages
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.authorities import ChooseAuthority, FindAuthorities
from townsquare.services.library.errors import UnknownAuthority
from townsquare.services.library.models.catalogue import (
    BranchRow,
    CategoryRow,
    DocumentNameRow,
    NameRow,
    PublisherRow,
)
from townsquare.services.library.results.catalogue import (
    Branch,
    Branches,
    Coded,
    CodedPage,
    Name,
    Names,
)

BRANCH = select(
    BranchRow.public_id.label("id"),
    BranchRow.version,
    BranchRow.code,
    BranchRow.name,
    BranchRow.kind,
    BranchRow.address,
    BranchRow.postcode,
    BranchRow.area,
    BranchRow.lon,
    BranchRow.lat,
    BranchRow.mail,
    BranchRow.website,
    BranchRow.zone,
)
CATEGORY = select(
    CategoryRow.public_id.label("id"),
    CategoryRow.version,
    CategoryRow.code,
    CategoryRow.name,
    CategoryRow.description,
)
PUBLISHER = select(
    PublisherRow.public_id.label("id"),
    PublisherRow.version,
    PublisherRow.code,
    PublisherRow.name,
    literal("").label("description"),
)
INTO = aliased(NameRow)
NAME = select(
    NameRow.public_id.label("id"),
    NameRow.version,
    NameRow.heading,
    NameRow.kind,
    NameRow.dates,
    NameRow.variants,
    func.coalesce(INTO.public_id, "").label("merged_into"),
    select(func.count(DocumentNameRow.document_id.distinct()))
    .where(DocumentNameRow.name_id == NameRow.id)
    .correlate(NameRow)
    .scalar_subquery()
    .label("documents"),
).outerjoin(INTO, INTO.id == NameRow.merged_into_id)


Row = TypeVar("Row")


def _by_code(wanted: Any, row: Any, kind: type[Row]) -> Prepared[Row]:  # noqa: ANN401 (a select)
    return Prepared(
        wanted.where(row.code > bindparam("after"), row.code >= bindparam("begins"))
        .where(row.code < bindparam("ends"))
        .order_by(row.code)
        .limit(bindparam("limit")),
        kind,
    )


BRANCHES = _by_code(BRANCH, BranchRow, Branch)
CATEGORIES = _by_code(CATEGORY, CategoryRow, Coded)
PUBLISHERS = _by_code(PUBLISHER, PublisherRow, Coded)
NAMES = Pages(
    NAME.where(NameRow.heading >= bindparam("begins"), NameRow.heading < bindparam("ends")),
    Order(NameRow.public_id, NameRow.heading, NameRow.public_id),
    Name,
)
ONE_BRANCH = Prepared(BRANCH.where(BranchRow.public_id == bindparam("id")), Branch)
ONE_CATEGORY = Prepared(CATEGORY.where(CategoryRow.public_id == bindparam("id")), Coded)
ONE_PUBLISHER = Prepared(PUBLISHER.where(PublisherRow.public_id == bindparam("id")), Coded)
ONE_NAME = Prepared(NAME.where(NameRow.public_id == bindparam("id")), Name)
BEHIND_ALL = "\U0010ffff"


@query("library.branch.list", permission="public")
def find_branches(ctx: Context, wish: FindAuthorities) -> Branches:
    """Return branches in the order of their codes."""
    rows = _rows(ctx, BRANCHES, wish)
    return Branches(rows[: wish.limit], _code_after(rows, wish))


@query("library.branch.read", permission="public")
def read_branch(ctx: Context, wish: ChooseAuthority) -> Branch:
    """Return one branch."""
    return _one(ctx, ONE_BRANCH, wish)


@query("library.category.list", permission="public")
def find_categories(ctx: Context, wish: FindAuthorities) -> CodedPage:
    """Return categories in the order of their codes."""
    rows = _rows(ctx, CATEGORIES, wish)
    return CodedPage(rows[: wish.limit], _code_after(rows, wish))


@query("library.category.read", permission="public")
def read_category(ctx: Context, wish: ChooseAuthority) -> Coded:
    """Return one category."""
    return _one(ctx, ONE_CATEGORY, wish)


@query("library.publisher.list", permission="public")
def find_publishers(ctx: Context, wish: FindAuthorities) -> CodedPage:
    """Return publishers in the order of their codes."""
    rows = _rows(ctx, PUBLISHERS, wish)
    return CodedPage(rows[: wish.limit], _code_after(rows, wish))


@query("library.publisher.read", permission="public")
def read_publisher(ctx: Context, wish: ChooseAuthority) -> Coded:
    """Return one publisher."""
    return _one(ctx, ONE_PUBLISHER, wish)


@query("library.name.list", permission="public")
def find_names(ctx: Context, wish: FindAuthorities) -> Names:
    """Return names in the order of their headings."""
    bounds = {"begins": wish.begins, "ends": wish.begins + BEHIND_ALL}
    return Names(*NAMES.read(ctx.db, after=wish.after, limit=wish.limit, **bounds))


@query("library.name.read", permission="public")
def read_name(ctx: Context, wish: ChooseAuthority) -> Name:
    """Return one name."""
    return _one(ctx, ONE_NAME, wish)


def _rows(ctx: Context, plan: Prepared[Any], wish: FindAuthorities) -> list[Any]:
    ends = wish.begins + BEHIND_ALL
    limit = wish.limit + 1
    return plan.rows(ctx.db, after=wish.after, begins=wish.begins, ends=ends, limit=limit)


def _code_after(rows: list[Any], wish: FindAuthorities) -> str:
    return str(rows[wish.limit - 1].code) if len(rows) > wish.limit else ""


def _one(ctx: Context, plan: Prepared[Row], wish: ChooseAuthority) -> Row:
    found = plan.first(ctx.db, id=wish.id)
    if found is None:
        raise UnknownAuthority
    return found
