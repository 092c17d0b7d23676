"""Customers: registered once, in a tier that few may change, at prices of their own."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_index
from tests.services.grocery.test_buying import Browser
from townsquare.blocks import catalogue, payments, people
from townsquare.core.errors import Invalid, NotAllowed, StaleVersion
from townsquare.services.grocery.commands.customers import (
    EndCustomer,
    FindCustomers,
    RegisterCustomer,
    ReviseCustomer,
)
from townsquare.services.grocery.commands.products import FindProducts, SetPrice
from townsquare.services.grocery.errors import CustomerAlready, NumberInUse
from townsquare.services.grocery.models.paying import books_of
from townsquare.services.grocery.queries.customers import find_customers
from townsquare.services.grocery.queries.products import find_products
from townsquare.services.grocery.usecases.customers import (
    end_customer,
    register_customer,
    revise_customer,
)
from townsquare.services.grocery.usecases.selling import set_price

pytestmark = pytest.mark.engines("sqlite", "postgresql")
READ, EDIT = "grocery.customer.read", "grocery.customer.edit"
TIER = "grocery.customer.tier"
# From, until, list and price of milk, as the shop has told them.
PRICES = (
    ("2026-03-01", None, "GOLD", "59.50"),
    ("2026-03-03", "2026-03-06", "standard", "57.00"),
)


@pytest.fixture
def register(acting_as):
    """Register a customer: `register("Rosa Dizon", tier="gold")`."""

    def run(name, *permissions, **told):
        with acting_as(READ, *(permissions or (TIER,))) as ctx:
            return register_customer(ctx, RegisterCustomer(name=name, **told))

    return run


@pytest.fixture
def revise(acting_as):
    """Change what is named of a customer: `revise(rosa, phone="12345")`."""

    def run(made, *permissions, **told):
        with acting_as(EDIT, *permissions) as ctx:
            return revise_customer(ctx, ReviseCustomer(id=made.id, version=made.version, **told))

    return run


@pytest.fixture
def shopper(signed_in, register, town):
    """Let somebody sign in who is a customer of a tier: `shopper("gold")`."""

    def run(tier):
        who = signed_in(name=f"Customer {tier}")
        with town.sessions() as db:
            chosen = text("SELECT email FROM core_account WHERE person = :person")
            email = db.scalar(chosen, {"person": who.person})
        register(f"Customer {tier}", email=email, tier=tier)
        return Browser(who.client)

    return run


@pytest.fixture
def priced(shelves, managing, clock):
    """Milk at 62.50, for Gold at 59.50 from the first of March, in a sale at 57.00 for days."""
    clock.set(2026, 2, 20, 2, 0)
    with managing() as ctx:
        (milk,) = (one for one in find_products(ctx, FindProducts()).products if one.code == "MILK")
        for begins, ends, name, price in PRICES:
            told = {"valid_from": f"{begins}T00:00:00+08:00"}
            told |= {"valid_to": f"{ends}T00:00:00+08:00"} if ends else {}
            wish = {"id": milk.id, "price": price, "price_list": name, **told}
            set_price(ctx, SetPrice.model_validate(wish))


@pytest.mark.parametrize(
    ("day", "tier", "told"),
    [(4, "gold", "57.00"), (6, "gold", "59.50"), (6, "silver", "62.50"), (4, "none", "57.00")],
)
def test_each_pays_the_price_of_their_tier(priced, shopper, clock, day, tier, told):
    clock.set(2026, 3, day, 2, 0)
    who = shopper(tier)
    shop = re.sub(r"\s+", " ", who.get("/grocery/").text)
    assert f"<strong>₱{told}</strong>" in shop
    page = who.get("/grocery/p/MILK").text
    assert ("Your Gold price" in page) == (tier == "gold")
    who.post("/grocery/cart", product="MILK", qty="2")
    cart = who.client.get("/api/v1/grocery/carts/current").get_json()
    assert cart["total_minor"] == 2 * int(told.replace(".", ""))


def test_the_lowest_price_of_thirty_days_counts_sales(priced, stepping):
    def look(ctx, shop):
        milk = catalogue.variant_of(ctx, shop, "MILK").id
        at = datetime(2026, 3, 10, 2, tzinfo=UTC)
        return catalogue.lowest_in_30_days(ctx, shop, [milk], at=at)[milk].amount_minor

    assert stepping(look) == 5700


def test_a_guest_sees_no_price_of_a_tier(priced, client, clock):
    clock.set(2026, 3, 6, 2, 0)
    page = Browser(client).get("/grocery/p/MILK").text
    assert "62.50" in page
    assert "59.50" not in page


def test_a_cart_follows_a_tier_that_has_changed(priced, signed_in, register, revise, clock):
    clock.set(2026, 3, 6, 2, 0)
    who = signed_in(name="Rosa Dizon")
    rosa = Browser(who.client)
    rosa.post("/grocery/cart", product="MILK", qty="2")
    email = f"{who.person.lower()}@sanroque.example"
    made = register("Rosa Dizon", email=email)
    revise(made, TIER, tier="gold")
    rosa.collects()
    assert "119.00" in rosa.get("/grocery/checkout/check").text


def test_numbers_go_on_and_belong_to_one(ogs, register):
    assert [register(name).number for name in ("Rosa", "Ivo")] == ["CUST-100", "CUST-101"]
    with pytest.raises(NumberInUse):
        register("Carla", number="cust-101")


def test_nobody_is_a_customer_twice(ogs, register, signed_in, town):
    email = f"{signed_in(name='Rosa').person.lower()}@sanroque.example"
    made = register("Rosa", email=email)
    with pytest.raises(CustomerAlready, match=made.number):
        register("Rosa Dizon", email=email)
    again = (
        "INSERT INTO grocery_customer (public_id, created_at, person, number, number_key, tier,"
        " since) SELECT 'x', created_at, person, 'x', 'x', tier, since FROM grocery_customer"
    )
    with pytest.raises(IntegrityError), town.database.begin() as connection:
        connection.execute(text(again))
    drop_index(town, "uq_grocery_customer_person")
    with town.database.begin() as connection:
        connection.execute(text(again))


def test_only_who_may_says_the_tier(ogs, register, manager, signed_in):
    with pytest.raises(NotAllowed):
        register("Rosa", "grocery.desk.open", tier="gold")
    register("Ivo Petrov", "grocery.desk.open")
    cashier = Browser(signed_in("grocery.cashier").client)
    page = cashier.get("/grocery/staff/customers?words=CUST-100").text
    assert "Ivo Petrov" in page
    lena = Browser(manager.client)
    page = lena.get("/grocery/staff/customers?words=petrov").text
    path = re.search(r"(/grocery/staff/customers/\w{26})", page).group(1)
    told = {"name": "Ivo Petrov", "phone": "0917 555 0101", "tier": "none"}
    page = cashier.get(path).text
    assert "No customer any more" not in page
    assert 'type="hidden" name="tier"' in page
    cashier.post(path, 403, **seen(page), **{**told, "tier": "silver"})
    cashier.post(path, **seen(page), **told)
    stale = lena.post(path, 412, **seen(page), **{**told, "phone": "12345", "tier": "silver"})
    for said in ("Somebody has changed this", "“0917 555 0101” stands here now", 'value="12345"'):
        assert said in stale.text
    assert "“Ivo Petrov” stands here now" not in stale.text
    assert "“None” stands here now" in stale.text  # As its choice is called.
    page = cashier.get(path).text
    lena.post(path, **seen(stale), **{**told, "tier": "silver"})
    late = cashier.post(path, 412, **seen(page), **told)  # The tier is not theirs to say.
    assert 'type="hidden" name="tier" value="silver"' in late.text
    cashier.post(path, **seen(late), **{**told, "tier": "silver"})
    page = lena.get("/grocery/staff/customers").text
    assert "Silver" in page
    assert "0917 555 0101" in page
    lena.post("/grocery/staff/customers/new", name="Rosa Dizon", tier="gold")
    assert "CUST-101" in lena.get("/grocery/staff/customers").text


def seen(page):
    """Return whom a page shows, as it was read."""
    return dict(re.findall(r'name="(id|version)" value="([^"]*)"', getattr(page, "text", page)))


def test_a_new_name_changes_the_name_alone(ogs, register, revise):
    rosa = register("Rosa Dizon", email="rosa@sanroque.example", phone="12345", tier="gold")
    told = revise(rosa, name="Rosa Cruz")
    assert told == replace(rosa, name="Rosa Cruz", version=rosa.version + 1)
    assert revise(told, phone="").phone == ""
    with pytest.raises(StaleVersion):
        revise(rosa, name="Rosa")
    with pytest.raises(Invalid):
        revise(replace(told, version=told.version + 1), name="")


def test_who_only_sees_customers_changes_none(ogs, register, acting_as):
    rosa = register("Rosa Dizon", email="rosa@sanroque.example")
    with pytest.raises(NotAllowed), acting_as(READ) as ctx:
        revise_customer(ctx, ReviseCustomer(id=rosa.id, version=rosa.version, phone="1"))


def test_nobody_else_turns_the_mails_of_an_account_elsewhere(ogs, register, revise, signed_in):
    email = f"{signed_in(name='Rosa').person.lower()}@sanroque.example"
    rosa = register("Rosa", email=email)
    with pytest.raises(Invalid):
        revise(rosa, email="other@sanroque.example")
    assert revise(rosa, email=rosa.email, phone="12345").phone == "12345"


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("Rosa Maria Dizon", ("Rosa", "Maria", "Dizon")),
        ("Roza Maria Dizon", ("Roza", "Maria", "Dizon")),
        ("Rosa Mia Dizon", ("Rosa", "Mia", "Dizon")),
        ("Rosa Maria de la Cruz", ("Rosa", "Maria", "de la Cruz")),
        ("Ana Cruz", ("Ana Cruz", "", "")),
    ],
)
def test_a_mended_name_keeps_its_other_parts(ogs, stepping, town, typed, parts):
    told = {"given": "Rosa", "middle": "Maria", "family": "Dizon"}

    def mend(ctx, _shop):
        rosa = people.register_person(ctx, **told)
        return people.revise_person(ctx, rosa.id, name=typed)

    rosa = stepping(mend)
    with town.sessions() as db:
        chosen = text("SELECT given, middle, family FROM people_person WHERE public_id = :id")
        assert tuple(db.execute(chosen, {"id": rosa.id}).one()) == parts


def test_who_is_no_customer_keeps_the_number_and_pays_the_price_of_all(ogs, register, acting_as):
    ivo = register("Ivo Petrov", tier="gold")
    with pytest.raises(NotAllowed), acting_as(READ) as ctx:
        end_customer(ctx, EndCustomer(id=ivo.id, version=ivo.version))
    with acting_as(TIER) as ctx:
        end_customer(ctx, EndCustomer(id=ivo.id, version=ivo.version))
    with acting_as(READ) as ctx:
        assert find_customers(ctx, FindCustomers()).customers == []
    assert register("Carla Ruiz").number == "CUST-101"
    with pytest.raises(people.NumberTaken):
        register("Hana Sato", number=ivo.number)


@pytest.fixture
def ended(register, acting_as, town):
    """Register somebody, do something with the person, end the customer; what is known then."""

    def run(meanwhile=lambda _person: None, **told):
        ivo = register("Ivo Petrov", phone="+639170000000", **told)
        look = "SELECT person FROM grocery_customer WHERE number = :number"
        with town.sessions() as db:
            person = db.scalar(text(look), {"number": ivo.number})
        meanwhile(person)
        with acting_as(TIER) as ctx:
            end_customer(ctx, EndCustomer(id=ivo.id, version=ivo.version))
        look = "SELECT name, given, email, phone FROM people_person WHERE public_id = :id"
        with town.sessions() as db:
            return tuple(db.execute(text(look), {"id": person}).one())

    return run


def test_who_is_no_customer_and_has_no_account_is_forgotten(ogs, ended, register):
    told = ended(email="ivo@sanroque.example")
    assert told == ("Somebody who left", "Somebody who left", "", "")
    assert register("Carla Ruiz").number == "CUST-101"  # The number goes to nobody else.


def test_who_has_another_number_is_not_forgotten(ogs, ended, stepping):
    def reads(person):
        told = {"kind": "visitor", "number": "V-1", "starts_on": date(2026, 1, 1)}
        stepping(lambda ctx, _shop: people.affiliate(ctx, person, **told))

    assert ended(reads)[::3] == ("Ivo Petrov", "+639170000000")


def test_who_looks_after_somebody_is_not_forgotten(ogs, ended, stepping):
    def guards(person):
        def entrust(ctx, _shop):
            child = people.register_person(ctx, given="Mia")
            people.entrust(ctx, child.id, guardian=person)

        stepping(entrust)

    assert ended(guards)[0] == "Ivo Petrov"


def test_who_has_an_account_is_forgotten_when_they_leave_themselves(ogs, ended, signed_in, town):
    rosa = signed_in(name="Rosa Dizon").person
    with town.sessions() as db:
        chosen = text("SELECT email FROM core_account WHERE person = :person")
        address = db.scalar(chosen, {"person": rosa})
    assert ended(email=address)[3] != ""


def test_who_owes_something_is_not_forgotten(ogs, ended, stepping):
    def owes(person):
        told = {"party": person, "amount_minor": 500, "reason": "bag", "source": "t", "key": "k"}
        stepping(lambda ctx, shop: payments.raise_charge(ctx, books_of(shop), **told))

    assert ended(owes)[0] == "Ivo Petrov"


def test_a_customer_is_changed_and_ended_by_calls(ogs, register, manager):
    rosa = register("Rosa Dizon", phone="12345", tier="gold")
    path, head = f"/api/v1/grocery/customers/{rosa.id}", {"X-CSRF-Token": manager.token}
    patched = manager.client.patch(path, json={"name": "Rosa Cruz"}, headers=head)
    assert patched.status_code == 428
    head["If-Match"] = '"1"'
    patched = manager.client.patch(path, json={"name": "Rosa Cruz"}, headers=head).get_json()
    told = (patched["name"], patched["phone"], patched["tier"], patched["version"])
    assert told == ("Rosa Cruz", "12345", "gold", 2)
    assert manager.client.delete(path, headers=head).status_code == 412
    head["If-Match"] = '"2"'
    assert manager.client.delete(path, headers=head).status_code == 204
    assert manager.client.get(path).status_code == 404
