"""Telling those who keep the shelves what is soon over, once a day."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from townsquare.blocks import catalogue, stock
from townsquare.core.identity.models import AccountRoleRow, AccountRow, RolePermissionRow
from townsquare.core.notifications import notify
from townsquare.core.notifications.telling import ADDRESS
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.models.ours import shop_if_open
from townsquare.services.grocery.usecases.notices import SEND

KEEPS = "grocery.stock.receive"  # Who takes goods in looks after what becomes of them.
SOON = 3  # Days.
MOST_NAMED = 20


@use_case("grocery.notice.due-soon", permission=SEND)
def tell_due_soon(ctx: Context, _wish: Nothing) -> int:
    """Tell the keepers of the lots that are over within three days; return how many were told."""
    shop = shop_if_open(ctx)
    levels = [] if shop is None else stock.due_soon(ctx, shop, days=SOON)
    if shop is None or not levels:
        return 0
    today = ctx.now().astimezone(ZoneInfo(shop.zone)).date().isoformat()
    facts = {
        "count": len(levels),
        "goods": _named(ctx, shop, levels[:MOST_NAMED]),
        "url": "/grocery/staff/lots",
    }
    return sum(_told(ctx, keeper, day=today, facts=facts) for keeper in _keepers(ctx))


def _named(
    ctx: Context, shop: catalogue.Shop, levels: Sequence[stock.Level]
) -> list[dict[str, Any]]:
    known = catalogue.variants_by_id(ctx, shop, {level.variant_id for level in levels})
    found = []
    for level in levels:
        variant, day = known[level.variant_id], level.expires_on or level.best_before
        said = {"name": variant.full_name, "lot": "" if level.hidden else level.lot}
        amount = {"qty": level.on_hand, "unit": variant.base_unit}
        found.append({**said, **amount, "day": day.isoformat() if day else ""})
    return found


def _keepers(ctx: Context) -> list[AccountRow]:
    role, of_role = AccountRoleRow, RolePermissionRow
    may = (
        select(role.account_id)
        .join(of_role, of_role.role_id == role.role_id)
        .where(of_role.permission == KEEPS)
    )
    chosen = select(AccountRow).where(AccountRow.id.in_(may), AccountRow.disabled_at.is_(None))
    return list(ctx.db.scalars(chosen.order_by(AccountRow.id)))


def _told(ctx: Context, keeper: AccountRow, *, day: str, facts: dict[str, Any]) -> bool:
    return notify(
        ctx,
        account_id=keeper.id,
        person=keeper.person,
        kind="grocery.due-soon",
        subject=day,
        template="grocery/mail/due_soon.txt",
        facts=facts,
        mail_to=keeper.email if ADDRESS.fullmatch(keeper.email) else None,
    )
