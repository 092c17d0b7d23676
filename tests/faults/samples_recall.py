"""A wish for every act of calling lots back."""

from datetime import date, timedelta

from sqlalchemy import select

from tests.faults.samples_core import account
from tests.faults.samples_orders import PERSON, ZONE, filled
from tests.faults.stage import sample
from townsquare.core.identity.models import (
    AccountRoleRow,
    AccountRow,
    RolePermissionRow,
    RoleRow,
)
from townsquare.services.grocery.rules.hours import next_hours


def handed(stage):
    """Let a member buy two of a lot of peanut butter; return the lot."""
    stage.do("grocery.shop.open", name="Shop", zone=ZONE, tax_percent="12")
    butter = stage.do("grocery.product.add", code="NUTS", name="Peanut butter", perishable=True)
    stage.do("grocery.price.set", id=butter.id, price="125.00")
    told = {"product": "NUTS", "qty": 10, "lot": "L-0417", "expires_on": date(2030, 1, 1)}
    lot = stage.do("grocery.stock.receive", **told).id
    stage.do("grocery.cart.put", by="maya", product="NUTS", qty=2)
    cart = stage.do("grocery.order.quote", by="maya", starts=next_hours(stage.clock(), ZONE)[-1])
    seen = {"version": cart.version, "expected_minor": cart.total_minor}
    order = stage.do("grocery.order.place", by="maya", **seen)
    line = stage.one("SELECT public_id FROM ordering_line")
    picked = stage.do("grocery.order.pick", id=order.id, line=line)
    whom = {"version": picked.version, "received_by": PERSON["name"]}
    stage.do("grocery.order.hand-over", id=order.id, **whom)
    return lot


def recalled(stage):
    """Let it be called back; return the recall."""
    return stage.do("grocery.recall.start", id=handed(stage), reason="germs").id


@sample("grocery.recall.start")
def _(stage):
    return {"id": handed(stage), "reason": "germs"}


@sample("grocery.recall.pay")
def _(stage):
    recall = recalled(stage)
    return {"id": recall, "part": stage.one("SELECT public_id FROM grocery_recall_part")}


@sample("grocery.notice.recall")
def _(stage):
    return {"recall": recalled(stage)}


@sample("grocery.notice.due-soon")
def _(stage):
    stage.do("grocery.shop.open", name="Shop", zone=ZONE, tax_percent="12")
    stage.do("grocery.product.add", code="YOG", name="Yoghurt", perishable=True)
    soon = stage.clock().date() + timedelta(2)
    stage.do("grocery.stock.receive", product="YOG", qty=10, expires_on=soon)
    account(stage, email="tomas@sanroque.example", name="Tomas")
    with stage.town.sessions.begin() as db:
        role = RoleRow(name="a keeper")
        db.add(role)
        db.flush()
        keeps = RolePermissionRow(role_id=role.id, permission="grocery.stock.receive")
        whose = select(AccountRow.id).filter_by(email="tomas@sanroque.example")
        db.add_all([keeps, AccountRoleRow(account_id=db.scalar(whose), role_id=role.id)])
    return {}


@sample("grocery.cart.abandon")
def _(stage):
    filled(stage)
    with stage.town.database.begin() as connection:
        old = "UPDATE ordering_order SET touched_at = '2020-01-01 00:00:00+00:00'"
        connection.exec_driver_sql(old)
    return {}


def ruled(stage):
    """Let yoghurt that is over in two days fall by a third; return the rule."""
    stage.do("grocery.shop.open", name="Shop", zone=ZONE, tax_percent="12")
    yoghurt = stage.do("grocery.product.add", code="YOG", name="Yoghurt", perishable=True)
    stage.do("grocery.price.set", id=yoghurt.id, price="62.50")
    soon = stage.clock().date() + timedelta(2)
    stage.do("grocery.stock.receive", product="YOG", qty=10, expires_on=soon)
    return stage.do("grocery.markdown.set-rule", product="YOG", days_left=3, percent="30")


@sample("grocery.markdown.set-rule")
def _(stage):
    ruled(stage)
    return {"product": "YOG", "days_left": 1, "percent": "50"}


@sample("grocery.markdown.drop-rule")
def _(stage):
    rule = ruled(stage)
    return {"id": rule.id, "version": rule.version}


@sample("grocery.markdown.apply")
def _(stage):
    ruled(stage)
    return {}


@sample("grocery.price.plan-sale")
def _(stage):
    ruled(stage)
    product = stage.one("SELECT public_id FROM catalogue_variant")
    starts = stage.clock() + timedelta(1)
    ends = starts + timedelta(3)
    return {"id": product, "price": "57.00", "starts": starts, "ends": ends}
