"""Suppliers: entered by one, approved by another, their bank account told to nobody."""

from datetime import date

import pytest
from sqlalchemy import text

from tests.blocks.purchasing.conftest import IBAN, LENA, OLGA, PAUL, PRICE
from townsquare.blocks import purchasing
from townsquare.blocks.purchasing.rules import account_number, is_address
from townsquare.core.errors import StaleVersion, UnknownField
from townsquare.core.parts import Somebody

pytestmark = pytest.mark.engines("sqlite", "postgresql")
PLAIN = IBAN.replace(" ", "")


def test_who_enters_a_supplier_does_not_approve_it(by, ogs, applied):
    with pytest.raises(purchasing.SelfApproval) as refused:
        by(OLGA, purchasing.approve_supplier, ogs, applied.id)
    assert refused.value.code == "purchasing.self-approval"
    approved = by(LENA, purchasing.approve_supplier, ogs, applied.id)
    assert (approved.state, approved.approved_on) == ("approved", date(2026, 3, 2))


def test_a_suspended_supplier_is_approved_by_another_one_again(by, ogs, farms):
    by(OLGA, purchasing.suspend_supplier, ogs, farms.id)
    with pytest.raises(purchasing.SelfApproval):
        by(OLGA, purchasing.approve_supplier, ogs, farms.id)
    assert by(PAUL, purchasing.approve_supplier, ogs, farms.id).state == "approved"


@pytest.mark.engines("sqlite")
def test_who_was_refused_stays_so(by, ogs, applied):
    by(LENA, purchasing.refuse_supplier, ogs, applied.id)
    with pytest.raises(purchasing.WrongState, match="refused"):
        by(LENA, purchasing.approve_supplier, ogs, applied.id)


def test_a_number_belongs_to_one_supplier_however_it_is_typed(by, ogs, applied):
    with pytest.raises(purchasing.SupplierTaken):
        by(OLGA, purchasing.apply_supplier, ogs, number="sup-01", company="Other")


def test_only_named_facts_change(by, ogs, farms):
    after = by(PAUL, purchasing.revise_supplier, ogs, farms.id, lead_days=5, mobile="")
    assert (after.lead_days, after.mobile, after.email) == (5, "", farms.email)
    assert (after.state, after.version) == ("approved", farms.version + 1)
    with pytest.raises(StaleVersion):
        by(PAUL, purchasing.revise_supplier, ogs, farms.id, version=farms.version, lead_days=6)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"state": "approved"}, UnknownField),
        ({"company": ""}, purchasing.BadSupplier),
        ({"email": "nowhere"}, purchasing.BadSupplier),
        ({"bank_account": "DE88370400440532013000"}, purchasing.BadAccount),
    ],
)
@pytest.mark.engines("sqlite")
def test_a_change_that_makes_no_sense_is_refused(by, ogs, farms, changes, error):
    with pytest.raises(error):
        by(PAUL, purchasing.revise_supplier, ogs, farms.id, **changes)
    assert by(PAUL, purchasing.supplier_of, ogs, farms.id) == farms


def test_another_bank_account_is_approved_by_somebody_else(by, ogs, farms):
    same = by(PAUL, purchasing.revise_supplier, ogs, farms.id, bank_account=IBAN)
    assert same.state == "approved"
    other = "GB82WEST12345698765432"
    changed = by(PAUL, purchasing.revise_supplier, ogs, farms.id, bank_account=other)
    assert (changed.state, changed.account_ends, changed.approved_on) == ("applied", "5432", None)
    with pytest.raises(purchasing.SelfApproval):
        by(PAUL, purchasing.approve_supplier, ogs, farms.id)
    assert by(OLGA, purchasing.approve_supplier, ogs, farms.id).state == "approved"
    assert by(PAUL, purchasing.bank_account_of, ogs, farms.id) == other


def test_nothing_is_paid_to_an_account_that_nobody_else_has_approved(  # noqa: PLR0913 (each is one of its means)
    by, ogs, farms, ordering, arriving, billing, funding, accounts
):
    order = ordering()
    arriving(order, 12)
    invoice = billing(order, 12, PRICE)
    funding(PRICE)
    other = "GB82WEST12345698765432"
    by(PAUL, purchasing.revise_supplier, ogs, farms.id, bank_account=other)
    with pytest.raises(purchasing.NotApproved, match="Batangas"):
        by(PAUL, purchasing.pay_supplier, ogs, invoice.id)
    assert accounts()["bank"] == PRICE
    by(OLGA, purchasing.approve_supplier, ogs, farms.id)
    assert by(PAUL, purchasing.pay_supplier, ogs, invoice.id).state == "paid"


def test_a_bank_account_is_sealed_and_opens_for_who_pays(by, ogs, town, applied):
    with town.database.connect() as connection:
        kept = connection.scalar(text("SELECT bank_account FROM purchasing_supplier"))
    assert PLAIN.encode() not in bytes(kept)
    assert by(PAUL, purchasing.bank_account_of, ogs, applied.id) == PLAIN
    assert (applied.account_ends, applied.bank_name) == ("3000", "BDO")


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    "contact",
    [
        {"email": f"{'a' * 245}@x.example"},
        {"email": "no address"},
        {"bank_name": "B" * 51},
        {"mobile": "1" * 21},
    ],
)
def test_a_contact_that_cannot_be_one_is_refused(by, ogs, contact):
    told = {"number": "S", "company": "C", "contact": purchasing.Contact(**contact)}
    with pytest.raises(purchasing.BadSupplier):
        by(OLGA, purchasing.apply_supplier, ogs, **told)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(("number", "company"), [("", "C"), ("S" * 21, "C"), ("S", "C" * 101)])
def test_a_supplier_needs_a_number_and_a_company(by, ogs, number, company):
    with pytest.raises(purchasing.BadSupplier):
        by(OLGA, purchasing.apply_supplier, ogs, number=number, company=company)


@pytest.mark.engines("sqlite")
def test_wrong_check_digits_are_refused(by, ogs):
    contact = purchasing.Contact(bank_account="DE88370400440532013000")
    with pytest.raises(purchasing.BadAccount):
        by(OLGA, purchasing.apply_supplier, ogs, number="S", company="C", contact=contact)


def test_who_leaves_is_reached_no_more(by, ogs, farms, ordering, arriving, town):
    arriving(ordering(), 12)
    told = {"account": 13, "public_id": "A", "person": "P", "name": "Tomas Lindqvist"}
    who = Somebody(email="Farms@batangas.example", **told)
    sheets = {each.name: each.rows for each in by(PAUL, lambda ctx: list(tells(ctx, who)))}
    assert len(sheets["reached for suppliers"]) == len(sheets["deliveries received"]) == 1
    by(PAUL, purchasing.PERSONAL.forget, who)
    after = by(PAUL, purchasing.supplier_of, ogs, farms.id)
    assert (after.email, after.mobile, after.company) == ("", "", "Batangas Farms")
    with town.database.connect() as connection:
        names = connection.scalars(text("SELECT received_by FROM purchasing_receipt")).all()
    assert names == ["Somebody who left"]


def tells(ctx, who):
    return purchasing.PERSONAL.tell(ctx, who)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (IBAN, PLAIN),
        ("gb82 west 1234 5698 7654 32", "GB82WEST12345698765432"),
        ("DE88 3704 0044 0532 0130 00", None),
        ("DE89 3704 0044 0532 0130", None),
        ("XX00", None),
        ("0012-3456-7890", "001234567890"),
        ("12345", None),
        ("1" * 21, None),
        ("12a456", None),
        ("", None),
    ],
)
def test_accounts_are_checked(typed, kept):
    assert account_number(typed) == kept


@pytest.mark.parametrize(("email", "fits"), [("", True), ("a@b.c", True), ("@b.c", False)])
def test_addresses_are_looked_at(email, fits):
    assert is_address(email) is fits
