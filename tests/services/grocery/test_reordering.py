"""What should be ordered again: by rules, by what was sold, by what is there and on its way."""

from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from tests.services.grocery.keeping import API, sells
from tests.services.grocery.supplying import FARMS, MILK, made, pages, people, reads
from townsquare.blocks import catalogue, stock
from townsquare.services.grocery import cli
from townsquare.services.grocery.commands.reordering import FindProposals
from townsquare.services.grocery.queries.reordering import find_proposals

__all__ = ["pages", "people", "reads", "sells"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
RULE = {"place": "SHELF", "min_qty": "0", "max_qty": "500", "review_days": "7", "safety_days": "3"}
DEMAND = (0, 0, 4, 0, 0, 0, 6, 0, 5, 0)


def _come(ctx, shop, qty):
    variant = catalogue.variant_of(ctx, shop, "MILK-1L")
    line = stock.Incoming(variant.id, qty, expires_on=date(2027, 6, 1))
    told = {"to": stock.location_of(ctx, shop, "SHELF"), "source_kind": "receipt"}
    stock.receive_goods(ctx, shop, [line], source_id="DN-1", key="DN-1", **told)


@pytest.fixture
def milk(pages, stepping):
    """Twenty milk, which Batangas Farms brings in a week in packs of six; its id."""
    farms = made(pages("Olga", "suppliers", **{**FARMS, "lead_days": "7"}))
    pages("Lena", f"suppliers/{farms}/approve")
    product = made(pages("Lena", "products", **MILK))
    offer = {"product": "MILK-1L", "pack_qty": "6", "price": "300.00", "min_packs": "1"}
    pages("Lena", f"suppliers/{farms}/goods", id=farms, **offer)
    order = made(pages("Lena", "purchases/new", supplier=farms, **{f"packs-{product}": "1"}))
    pages("Lena", f"purchases/{order}/send")
    stepping(_come, 20)
    return product


@pytest.fixture
def proposed(managing):
    """Return what is proposed."""

    def run():
        with managing() as ctx:
            return find_proposals(ctx, FindProposals()).proposals

    return run


def test_what_sells_now_and_then_is_ordered_up_to_its_target(milk, pages, sells, proposed, clock):
    assert pages("Lena", f"reorder/{milk}", id=milk, **RULE).status_code == 303
    for qty in DEMAND:
        if qty:
            sells("MILK-1L", qty)
        clock.advance(days=1)
    clock.advance(days=-1)
    (line,) = proposed()
    assert (line.per_day, line.days, line.target) == (1.3599, 17, 24)
    assert (line.available, line.on_order, line.needed) == (5, 6, 13)
    assert (line.pack_qty, line.qty) == (6, 18)


def test_the_page_shows_the_figures_that_say_so(milk, pages, reads, sells):
    assert "No product has a rule yet." in reads("Lena", "reorder")
    sells("MILK-1L", 15)
    pages("Lena", f"reorder/{milk}", id=milk, **{**RULE, "min_qty": "24", "max_qty": "24"})
    page = reads("Lena", "reorder")
    assert "3 \u00d7 6" in page
    assert "All rules" in page
    pages("Lena", f"reorder/{milk}", id=milk, **{**RULE, "max_qty": "5"})
    assert "Nothing has to be ordered." in reads("Lena", "reorder")


def test_a_rule_is_set_and_read_by_calls(milk, people):
    lena, path = people["Lena"], f"{API}/reorder/{milk}"
    headers = {"X-CSRF-Token": lena.token}
    told = lena.client.put(path, json={"min_qty": 6, "max_qty": 30}, headers=headers).get_json()
    assert (told["min_qty"], told["max_qty"], told["review_days"], told["place"]) == (
        *(6, 30, 7),
        "SHELF",
    )
    assert lena.client.get(path).get_json()["rules"] == [told]
    assert lena.client.get(f"{API}/reorder").get_json()["rules"] == [told]
    wrong = lena.client.put(path, json={"min_qty": 6, "max_qty": 5}, headers=headers)
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "grocery.min-above-max")


def test_a_rule_that_nothing_can_keep_is_refused_at_its_field(milk, pages):
    answer = pages("Lena", f"reorder/{milk}", id=milk, **{**RULE, "min_qty": "6", "max_qty": "5"})
    assert answer.status_code == 422
    assert "Enter at least as much as the lower figure." in answer.text


def test_each_place_has_a_form_and_a_rule_of_its_own(milk, pages, reads):
    pages("Lena", "places/new", code="STORE", name="Store room", aisle_order="1")
    pages("Lena", f"reorder/{milk}", id=milk, **{**RULE, "min_qty": "24", "max_qty": "36"})
    page = reads("Lena", f"reorder/{milk}?place=STORE")
    assert ('name="place" value="STORE"' in page, 'value="24"' in page) == (True, False)
    told = {**RULE, "min_qty": "50", "max_qty": "60", "place": "STORE"}
    assert pages("Lena", f"reorder/{milk}", id=milk, **told).status_code == 303
    for place, qty in (("SHELF", "24"), ("STORE", "50")):
        page = reads("Lena", f"reorder/{milk}?place={place}")
        assert f'value="{qty}"' in page
    assert ("Store room: between 50" in page, "STORE: between" in page) == (True, False)


def test_a_rule_that_is_removed_proposes_nothing(milk, pages, reads, people, proposed, sells):
    sells("MILK-1L", 15)
    pages("Lena", f"reorder/{milk}", id=milk, **{**RULE, "min_qty": "24", "max_qty": "24"})
    assert len(proposed()) == 1
    assert "Remove this rule" in reads("Lena", f"reorder/{milk}")
    assert pages("Lena", f"reorder/{milk}/drop", place="SHELF").status_code == 303
    assert proposed() == []
    again = pages("Lena", f"reorder/{milk}/drop", place="SHELF")
    assert (again.status_code, again.headers["Location"]) == (303, "/grocery/staff/reorder")
    assert "There is no such rule" in reads("Lena", "reorder")
    assert (
        pages("Lena", "reorder/01HZZZZZZZZZZZZZZZZZZZZZZZ/drop", place="SHELF").status_code == 404
    )
    lena, path = people["Lena"], f"{API}/reorder/{milk}"
    head = {"X-CSRF-Token": lena.token}
    pages("Lena", f"reorder/{milk}", id=milk, **RULE)
    assert lena.client.delete(path, headers=head).status_code == 204
    assert lena.client.delete(path, headers=head).status_code == 404


def test_who_minds_the_shelf_sets_no_rules(milk, people):
    for path in ("/grocery/staff/reorder", f"/grocery/staff/reorder/{milk}", f"{API}/reorder"):
        assert people["Tomas"].client.get(path).status_code == 403


@pytest.fixture
def shell(settings, monkeypatch):
    """Run a verb of the shop in the shell; return what it says."""
    monkeypatch.setattr(cli, "settings_here", lambda: settings)

    return lambda *words: CliRunner().invoke(cli.grocery, words, catch_exceptions=False).output


def test_the_shell_proposes_counts_and_explains(milk, pages, sells, shell, clock):
    assert shell("reorder") == "Nothing has to be ordered.\n"
    then = clock()
    clock.advance(minutes=1)
    sells("MILK-1L", 15)
    pages("Lena", f"reorder/{milk}", id=milk, **{**RULE, "min_qty": "24", "max_qty": "24"})
    said = shell("reorder")
    assert "MILK-1L\tWhole milk\torder 18\tneeded 13" in said
    assert "SHELF\tShelves\tnever counted\tworth ₱0.00" in shell("count-list")
    said = shell("stock-explain", "MILK-1L")
    assert said.splitlines()[0] == "MILK-1L\tWhole milk\tShelves\t5"
    assert "-15\t5\tsale" in said
    moments = (then - timedelta(minutes=1), then, clock())
    figures = [shell("stock-at", moment.isoformat()) for moment in moments]
    assert figures == ["Nothing was there.\n", "MILK-1L\tWhole milk\t20\tShelves 20\n", figures[2]]
    assert "\t5\tShelves 5" in figures[2]
