"""What is weighed costs what it weighs; until then its price is an estimate with an upper end."""

MILLION = 1_000_000
USUAL_QTY = {"piece": 1, "g": 500, "ml": 500}  # What people take of something without saying.
USUAL_PPM = 100_000  # A tenth more of what is weighed may be packed than was ordered.
LABEL, OF_A_SCALE = 13, "2"  # Digits of the label of a scale, and the one with which it begins.
GRAMS = slice(7, 12)  # Which of them are the grams.


def most_of(qty: int, ppm: int) -> int:
    """Return how much may be packed of what was ordered; a part of a gram is none."""
    return qty + qty * (ppm or USUAL_PPM) // MILLION


def grams_typed(typed: object) -> object:
    """Return the grams on the label of a scale that was scanned; what else was typed stays."""
    if not isinstance(typed, str):
        return typed
    digits = typed.strip()
    if len(digits) != LABEL or not (digits.isascii() and digits.isdigit()):
        return typed
    return int(digits[GRAMS]) if digits.startswith(OF_A_SCALE) and _checks(digits) else typed


def _checks(digits: str) -> bool:
    """Tell whether the last digit of a barcode follows from the others."""
    return sum(int(one) * (3 if at % 2 else 1) for at, one in enumerate(digits)) % 10 == 0
