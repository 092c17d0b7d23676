"""The tax report is that of the ledger: what comes back takes the tax of its own goods off."""

import pytest
from sqlalchemy import text

from tests.blocks.shops import EARLIER, goods
from tests.services.grocery.test_reports import LENA
from tests.services.grocery.trading import LONG, trade, unsound
from townsquare.blocks import catalogue
from townsquare.services.grocery.commands.orders import Refund
from townsquare.services.grocery.commands.reports import AskReport
from townsquare.services.grocery.queries.reports import read_report
from townsquare.services.grocery.usecases.handing import refund_lines

__all__ = ["trade", "unsound"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
OWED = (
    "SELECT b.amount_minor FROM payments_balance b JOIN payments_account a ON a.id = b.account_id"
    " WHERE a.shop = 'ogs' AND a.code = 'tax-payable'"
)


@pytest.fixture
def handed(trade, manager, stepping):
    """An order of yoghurt at 12 % and books at 5 %, paid and handed over."""
    stepping(catalogue.add_tax_class, code="books", name="Books")
    stepping(catalogue.set_tax_rate, "books", ppm=50_000, valid_from=EARLIER.date())
    stepping(catalogue.add_items, [goods("BOOK", 9900, name="Book", tax_class="books")])
    trade.received("YOG-500", 5, lot="Y-1", until=LONG)
    trade.received("BOOK", 5, lot="B-1", until=LONG)
    trade.put(manager.person, "BOOK", 3)
    return trade.handed(trade.ordered(manager.person, "YOG-500", 3))


def test_what_comes_back_takes_its_own_tax_off_in_report_and_ledger(trade, handed, town, unsound):
    for code in ("YOG-500", "BOOK"):
        seen = trade.seen(handed)
        line = next(one.id for one in seen.lines if one.code == code)
        wish = {"id": handed, "version": seen.version, "reason": "Sour"}
        back = [{"line": line, "qty": 1}]
        trade.managed(refund_lines, Refund.model_validate({**wish, "lines": back}))
    with town.working(LENA, reads=True) as ctx:
        rows = read_report(ctx, AskReport(name="tax")).rows
    # Two of each are left: 2 x 99.00 with 9.43 of tax, 2 x 62.50 with 13.39.
    assert rows == [["5 %", 18857, 943, 19800], ["12 %", 11161, 1339, 12500]]
    with town.database.connect() as connection:
        assert connection.execute(text(OWED)).scalar_one() == sum(row[2] for row in rows)
    assert unsound() == []
