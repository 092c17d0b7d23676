"""A guest who says an address is told by mail what members are told; who says none is not."""

from email import message_from_bytes, policy

import pytest
from sqlalchemy import text

from tests.services.grocery.shelves import fields
from tests.services.grocery.test_buying import Browser
from townsquare.blocks import payments
from townsquare.core.worker import Worker
from townsquare.services.grocery.models.paying import books_of

pytestmark = pytest.mark.engines("sqlite", "postgresql")
CARLA = {"name": "Carla Ruiz", "phone": "+63 917 123 4567"}


@pytest.fixture
def mails(town):
    """Return what was mailed so far, as text."""

    def run():
        Worker(town).drain()
        found = sorted((town.settings.folder / "mail").glob("*.eml"))
        return [_text(one) for one in found]

    return run


def _text(file):
    """Return a mail as it is read."""
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    head = "".join(f"{name}: {told}\n" for name, told in mail.items())
    return head + mail.get_body().get_content()


def bought(client, **contact):
    carla = Browser(client)
    carla.post("/grocery/cart", product="MILK", qty="2")
    carla.post("/grocery/checkout/contact", **CARLA, **contact)
    carla.collects()
    return carla, carla.places().headers["Location"].partition("?")[0]


def test_a_guest_gets_the_link_and_hears_of_the_end(shelves, client, mails):
    carla, link = bought(client, email="carla@sanroque.example")
    (placed,) = mails()
    assert "To: carla@sanroque.example" in placed
    assert link in placed
    carla.post(f"{link}/cancel")
    told = [mail for mail in mails() if "is cancelled" in mail]
    assert len(told) == 1
    assert link not in told[0]
    assert mails() == mails()


def test_a_guest_without_an_address_gets_no_mail(shelves, client, mails):
    bought(client)
    assert mails() == []


def test_what_is_no_address_is_refused_at_its_field(shelves, client):
    carla = Browser(client)
    carla.post("/grocery/cart", product="MILK", qty="2")
    page = carla.post("/grocery/checkout/contact", 422, **CARLA, email="two@a.b, three@a.b").text
    assert "This is not one mail address" in page


@pytest.fixture
def pick(town, manager):
    """Pick everything that was ordered."""

    def run():
        asked = "SELECT o.public_id, l.public_id FROM ordering_order o"
        asked += " JOIN ordering_line l ON l.order_id = o.id"
        with town.database.connect() as connection:
            order, line = connection.execute(text(asked)).one()
        Browser(manager.client).post(f"/grocery/staff/pick/{order}", line=line, outcome="picked")

    return run


@pytest.fixture
def card(stepping):
    """The code of a gift card over 125.00."""

    def issue(ctx, shop):
        told = {"amount_minor": 12_500, "key": "a card"}
        return payments.issue_gift_card(ctx, books_of(shop), **told).code

    return stepping(issue)


@pytest.mark.parametrize(
    ("paid", "said"),
    [
        ("", "Say your number and bring \u20b1125.00."),
        ("100.00", "bring \u20b125.00; the rest is paid."),
        ("125.00", "It is paid; say your number."),
    ],
)
def test_who_has_paid_ahead_is_asked_for_the_rest_only(
    shelves, client, mails, card, pick, paid, said
):
    carla, link = bought(client, email="carla@sanroque.example")
    if paid:
        once = fields(carla.get(f"{link}/pay")).get("once", "")
        told = {"way": "gift_card", "card": card, "amount": paid}
        carla.post(f"{link}/pay", once=once, **told)
    pick()
    (ready,) = [mail for mail in mails() if "is ready to be collected" in mail]
    assert said in ready
