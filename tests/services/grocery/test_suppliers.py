"""Suppliers on their pages: entered by one, approved by another, the bank account sealed."""

import pytest

from tests.services.grocery.supplying import FARMS, made

pytestmark = pytest.mark.engines("sqlite", "postgresql")
ACCOUNT = "DE89370400440532013000"


def test_who_has_entered_a_supplier_does_not_approve_it(pages, reads, applied):
    answer = pages("Olga", f"suppliers/{applied}/approve")
    assert answer.status_code == 403
    assert "You have entered this supplier; let somebody else approve it." in answer.text
    assert "somebody else approves it" in reads("Olga", f"suppliers/{applied}")
    assert pages("Lena", f"suppliers/{applied}/approve").status_code == 303
    assert "Approved" in reads("Lena", f"suppliers/{applied}")


def test_a_supplier_is_suspended_and_approved_again(pages, reads, farms):
    assert pages("Lena", f"suppliers/{farms}/suspend").status_code == 303
    assert "Suspended" in reads("Tomas", "suppliers?state=suspended")
    assert pages("Lena", f"suppliers/{farms}/suspend").status_code == 409
    assert pages("Lena", f"suppliers/{farms}/approve").status_code == 303


def test_a_supplier_that_was_refused_is_listed_as_such(pages, reads, applied):
    assert pages("Lena", f"suppliers/{applied}/refuse").status_code == 303
    assert "Batangas Farms" in reads("Lena", "suppliers?state=refused")
    assert "No supplier is in this state." in reads("Lena", "suppliers?state=applied")


def test_a_bank_account_is_never_shown_whole(reads, town, applied):
    for path in ("suppliers", f"suppliers/{applied}", f"suppliers/{applied}/edit"):
        page = reads("Olga", path)
        assert "3000" in page
        assert ACCOUNT not in page.replace(" ", "")
    with town.database.connect() as connection:
        kept = connection.exec_driver_sql("SELECT bank_account FROM purchasing_supplier")
        assert ACCOUNT.encode() not in bytes(kept.scalar_one())


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("bank_account", "DE89 3704 0044 0532 0130 01", "The check digits of this bank account"),
        ("email", f"{'a' * 243}@example.org", "Use at most 254 characters."),
        ("email", "nowhere", "an e-mail address that can be one"),
        ("number", "", "Fill in this field."),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(pages, field, typed, said):
    answer = pages("Olga", "suppliers", **{**FARMS, field: typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Batangas Farms"' in answer.text


def test_a_number_belongs_to_one_supplier(pages, applied):
    answer = pages("Olga", "suppliers", **{**FARMS, "number": "sup-01"})
    assert answer.status_code == 409
    assert "belongs to another supplier" in answer.text


def test_another_bank_account_waits_for_a_second_person_again(pages, reads, farms):
    told = {"id": farms, "version": "2", "company": "Batangas Farms", "lead_days": "3"}
    assert pages("Lena", f"suppliers/{farms}/edit", **told, mobile="+639171").status_code == 303
    assert "Awaits approval" not in reads("Lena", f"suppliers/{farms}")
    other = {**told, "version": "3", "bank_account": "123456789012"}
    assert pages("Lena", f"suppliers/{farms}/edit", **other).status_code == 303
    assert "Awaits approval" in reads("Lena", f"suppliers/{farms}")
    assert pages("Lena", f"suppliers/{farms}/approve").status_code == 403
    assert pages("Olga", f"suppliers/{farms}/approve").status_code == 303


def test_a_supplier_is_not_changed_over_what_somebody_else_wrote(pages, farms):
    told = {"id": farms, "version": "1", "company": "Farms"}
    assert pages("Lena", f"suppliers/{farms}/edit", **told).status_code == 412


def test_goods_have_a_pack_and_a_price(reads, farms):
    page = reads("Tomas", f"suppliers/{farms}")
    assert "Whole milk" in page
    assert "600.00" in page


def test_goods_that_are_unknown_are_not_offered(pages, applied):
    told = {"id": applied, "product": "NOTHING", "pack_qty": "12", "price": "600.00"}
    answer = pages("Lena", f"suppliers/{applied}/goods", **told)
    assert answer.status_code == 422
    assert "This shop has no NOTHING" in answer.text


def test_only_those_who_may_enter_and_approve(pages, reads, applied):
    assert pages("Tomas", "suppliers", **FARMS).status_code == 403
    assert pages("Paul", f"suppliers/{applied}/approve").status_code == 403
    assert "Add a supplier" not in reads("Paul", "suppliers")


def test_two_suppliers_stand_by_number(pages, reads, applied):
    made(pages("Lena", "suppliers", number="SUP-00", company="Cavite Mills"))
    page = reads("Lena", "suppliers")
    assert page.index("Cavite Mills") < page.index("Batangas Farms")
