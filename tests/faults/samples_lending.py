"""A wish for every act of lending, of its money, and of what readers are told."""

from datetime import date, time

from tests.faults.stage import COPIES, WEEK, sample

DAY = {"branch": "central", "day": date(2026, 4, 3)}
FOUND = {"amount_minor": 600, "reason": "It was found again"}
RULES = [{"priority": 99, "policy": {"days": 21}}]


def reader(stage):
    """Return Ben as the library knows him."""
    person = stage.actors["ben"].person
    return stage.one(f"SELECT public_id FROM library_patron WHERE person = '{person}'")


def held(stage):
    """Let Ben wait and a copy come back; return the hold, which is ready then."""
    hold = stage.wait()
    stage.do("library.loan.return", barcode="TS1")
    return hold


def late(stage):
    """Let Maya be charged for a copy that came back three days late."""
    stage.lend()
    stage.clock.set(2026, 3, 19, 10)
    stage.do("library.loan.return", barcode="TS1")


def closed_after_all(stage):
    """Let the house have been closed on the day for which Maya was charged; return that day."""
    late(stage)
    day = {"branch": "central", "day": date(2026, 3, 19)}
    stage.do("library.calendar.set", reason="Snow", **day)
    return day


def waiver(stage):
    """Propose a waiver; return it."""
    stage.do("library.waiver.propose", **closed_after_all(stage))
    return stage.one("SELECT public_id FROM library_waiver_proposal")


def refund(stage):
    """Propose a refund as Ben; return it."""
    return stage.do("library.refund.propose", by="ben", payment=stage.pay(), **FOUND).id


def deposited(stage):
    """Take a deposit of Maya."""
    stage.do("library.deposit.take", card="LC-1", amount_minor=2000)
    return "LC-1"


def overdue(stage):
    """Let Maya be three weeks late; return the loan."""
    loan = stage.lend()
    stage.clock.set(2026, 4, 10, 8)
    return loan


def past_hope(stage):
    """Let Maya be later than the rules of her loan have any hope; return the loan."""
    loan = stage.lend()
    stage.clock.set(2027, 3, 1, 8)
    return loan


@sample("library.patron.register")
def _(_stage):
    told = {"given": "Carla", "family": "Ruiz", "kind": "visitor", "number": "N-3"}
    return {"card": "LC-3", "branch": "north", **told}


@sample("library.patron.change")
def _(stage):
    told = {"expires_on": date(2030, 1, 1), "state": "suspended", "block_reason": "Asked for it"}
    return {"id": reader(stage), "version": 1, **told}


@sample("library.patron.close")
def _(stage):
    return {"id": reader(stage)}


@sample("library.patron.replace_card")
def _(stage):
    return {"id": reader(stage), "version": 1, "card": "LC-9", "reason": "It was lost"}


@sample("library.me.set_wishes", by="maya")
def _(_stage):
    return {"keep_history": True, "mails": False}


@sample("library.calendar.set")
def _(_stage):
    return {**DAY, "reason": "Good Friday"}


@sample("library.calendar.week")
def _(_stage):
    return {"branch": "central", "week": [{**line, "closes": time(20)} for line in WEEK]}


@sample("library.rule.publish")
def _(_stage):
    return {"rules": RULES}


@sample("library.tariff.set")
def _(_stage):
    return {"code": "card", "name": "A new card", "amount_minor": 300}


@sample("library.loan.create")
def _(_stage):
    return {"barcode": "TS1", "card": "LC-1"}


@sample("library.loan.return")
def _(stage):
    overdue(stage)
    return {"barcode": "TS1"}


@sample("library.loan.renew", by="maya")
def _(stage):
    return _soon_due(stage)


@sample("library.loan.renew_for")
def _(stage):
    return _soon_due(stage)


def _soon_due(stage):
    loan = stage.lend()
    stage.clock.set(2026, 3, 14, 8)
    return {"id": loan}


@sample("library.loan.recall")
def _(stage):
    return {"id": stage.lend()}


@sample("library.loan.give-up")
def _(stage):
    return {"loan": past_hope(stage)}


@sample("library.loan.give-up-late")
def _(stage):
    past_hope(stage)
    return {}


@sample("library.copy.lose")
def _(stage):
    stage.lend()
    return {"barcode": "TS1"}


@sample("library.copy.find")
def _(stage):
    stage.pay()
    return {"barcode": "TS1"}


@sample("library.copy.mark_missing")
def _(_stage):
    return {"barcode": "TS1"}


@sample("library.copy.mark_damaged")
def _(_stage):
    return {"barcode": "TS1"}


@sample("library.copy.mend")
def _(stage):
    stage.do("library.copy.mark_damaged", barcode="TS1")
    return {"barcode": "TS1"}


@sample("library.hold.place", by="ben")
def _(stage):
    return _wanted(stage)


@sample("library.hold.place_for")
def _(stage):
    return {**_wanted(stage), "card": "LC-2", "recall": True}


def _wanted(stage):
    for barcode in COPIES:
        stage.lend(barcode)
    return {"document": stage.wood, "branch": "central"}


@sample("library.hold.suspend", by="ben")
def _(stage):
    return {"id": stage.wait(), "until": date(2026, 5, 1)}


@sample("library.hold.cancel", by="ben")
def _(stage):
    return {"id": held(stage)}


@sample("library.hold.cancel_for")
def _(stage):
    return {"id": held(stage)}


@sample("library.hold.expire")
def _(stage):
    held(stage)
    stage.clock.set(2026, 4, 20, 8)
    return {}


@sample("library.hold.fill")
def _(stage):
    told = {"document": stage.wood, "branch": "central", "card": "LC-2"}
    stage.do("library.hold.place_for", **told)
    return {"barcode": "TS1"}


@sample("library.payment.take")
def _(stage):
    stage.owe()
    return {"card": "LC-1", "amount_minor": 700}


@sample("library.charge.waive")
def _(stage):
    return {"charge": stage.owe(), "percent": 50, "reason": "It was in the rain"}


@sample("library.payment.refund")
def _(stage):
    return {"payment": stage.pay(), **FOUND}


@sample("library.deposit.take")
def _(_stage):
    return {"card": "LC-1", "amount_minor": 2000}


@sample("library.deposit.return")
def _(stage):
    return {"card": deposited(stage)}


@sample("library.refund.propose")
def _(stage):
    return {"payment": stage.pay(), **FOUND}


@sample("library.refund.approve")
def _(stage):
    return {"id": refund(stage)}


@sample("library.refund.decline")
def _(stage):
    return {"id": refund(stage)}


@sample("library.waiver.propose")
def _(stage):
    return closed_after_all(stage)


@sample("library.waiver.accept")
def _(stage):
    return {"id": waiver(stage)}


@sample("library.waiver.decline")
def _(stage):
    return {"id": waiver(stage)}


@sample("library.notice.due-soon")
def _(stage):
    _soon_due(stage)
    return {}


@sample("library.notice.overdue")
def _(stage):
    overdue(stage)
    return {}


@sample("library.notice.recalled")
def _(stage):
    return {"loan": stage.lend()}


@sample("library.notice.hold")
def _(stage):
    return {"hold": held(stage)}


@sample("library.notice.receipt")
def _(stage):
    return {"payment": stage.pay()}


@sample("library.notice.refund")
def _(stage):
    return {"receipt": stage.do("library.payment.refund", payment=stage.pay(), **FOUND).id}
