"""What the cast does in the library in the last days, so that every page has its story."""

from typing import Literal

from townsquare.core.frozen import dataclass

MAYA, BEN = "LC-1001", "LC-2001"


@dataclass(frozen=True)
class Appointment:
    """One act at the desk."""

    act: Literal["borrow", "return", "wait"]
    barcode: str
    card: str = ""


# By the number of days before today. Maya's copies: one late, one due tomorrow, one that Ben waits
# for, one that waits for her, and one that she brought back late and has not paid for.
APPOINTMENTS: dict[int, tuple[Appointment, ...]] = {
    60: (Appointment("borrow", "TS000181", MAYA),),
    39: (Appointment("return", "TS000181"),),
    20: (Appointment("borrow", "TS000221", MAYA),),
    15: (Appointment("borrow", "TS000201", BEN),),
    13: (Appointment("borrow", "TS000191", MAYA),),
    8: (Appointment("borrow", "TS000251", MAYA),),
    6: (Appointment("wait", "TS000201", MAYA),),
    4: (Appointment("wait", "TS000251", BEN),),
    2: (Appointment("return", "TS000201"),),
}
# Copies that chance leaves alone; the first one stands on its shelf, for whoever tries the desk.
KEPT_BACK = frozenset({"TS000001", *(one.barcode for day in APPOINTMENTS.values() for one in day)})
# Readers whose days are written above.
TOLD = frozenset({MAYA})
