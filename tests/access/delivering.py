"""An area to which the shop of the tables delivers, its hours, a coupon, a day, and two people."""

from datetime import date, time

from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.coupons import AddCoupon
from townsquare.services.grocery.commands.customers import RegisterCustomer
from townsquare.services.grocery.commands.delivery import AddArea, PlanVan
from townsquare.services.grocery.commands.hours import CloseDay
from townsquare.services.grocery.commands.staff import EnrolStaff
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.usecases.coupons import add_coupon
from townsquare.services.grocery.usecases.customers import register_customer
from townsquare.services.grocery.usecases.hours import close_day
from townsquare.services.grocery.usecases.staff import enrol_staff
from townsquare.services.grocery.usecases.van import add_area, plan_van

LENA = Actor(4, "Lena Cruz", MANAGING | {"public", "signed-in"})
WEEK = [{"weekday": day, "starts": time(9), "ends": time(19), "places": 12} for day in range(7)]
CHRISTMAS = date(2026, 12, 25)
AREA = {"code": "N", "name": "North", "postcodes": "4023, 4024", "fee": "49.00"}


def deliver(town):
    """Let the shop deliver, and have a coupon; return the ids by their kind."""
    with town.working(LENA) as ctx:
        area = add_area(ctx, AddArea.model_validate({**AREA, "free_from": "1500.00"}))
        plan_van(ctx, PlanVan.model_validate({"week": WEEK}))
        coupon = add_coupon(ctx, AddCoupon(code="SPRING", kind="amount", value="25.00"))
        rosa = register_customer(ctx, RegisterCustomer(name="Rosa Dizon"))
        closed = close_day(ctx, CloseDay(day=CHRISTMAS, reason="Christmas Day"))
        tomas = enrol_staff(ctx, EnrolStaff(given="Tomas", position="Picker"))
    told = {"customers": rosa.id, "closings": closed.id, "people": tomas.id, "staff": tomas.id}
    told |= {"areas": area.id, "coupons": coupon.id, "promotions": coupon.id}
    return {f"grocery/{kind}": found for kind, found in told.items()}
