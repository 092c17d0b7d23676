"""Barcodes: GTINs of 8, 12, 13 or 14 digits, short UPC-E, and ISBNs."""

import re

LENGTHS = (8, 12, 13, 14)
STORED = 14
UPC_E = 8
OLD_ISBN, NEW_ISBN = 10, 13
SEPARATORS = re.compile(r"[ \-]")
BOOKLAND = ("978", "979")


def gtin_of(text: str, *, short: bool = False) -> str:
    """Return the GTIN as it is kept, in 14 digits; with `short`, 8 digits are a UPC-E.

    Raises ValueError for a wrong check digit, other lengths, and anything that is no digit.
    """
    digits = SEPARATORS.sub("", text)
    if short and len(digits) == UPC_E and _all_digits(digits):
        digits = expanded(digits)
    if not _all_digits(digits) or len(digits) not in LENGTHS:
        message = "A barcode has 8, 12, 13 or 14 digits."
        raise ValueError(message)
    if check_digit(digits[:-1]) != digits[-1]:
        message = "The check digit of this barcode is another one."
        raise ValueError(message)
    return digits.zfill(STORED)


def check_digit(digits: str) -> str:
    """Return the last digit of a GTIN, from those before it: weights 3 and 1 from the right."""
    total = sum(int(digit) * (3, 1)[n % 2] for n, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def expanded(short: str) -> str:
    """Return the twelve digits that stand behind a UPC-E of eight: 04252614 is 042100005264."""
    system, body, check = short[0], short[1:7], short[7]
    last = body[5]
    if last in "012":
        maker, product = body[:2] + last + "00", "00" + body[2:5]
    elif last == "3":
        maker, product = body[:3] + "00", "000" + body[3:5]
    elif last == "4":
        maker, product = body[:4] + "0", "0000" + body[4]
    else:
        maker, product = body[:5], "0000" + last
    return system + maker + product + check


def isbn_of(text: str) -> str:
    """Return an ISBN in its thirteen digits; raises ValueError for a wrong check digit."""
    digits = SEPARATORS.sub("", text).upper()
    if len(digits) == OLD_ISBN and _all_digits(digits[:-1]) and old_check(digits):
        body = BOOKLAND[0] + digits[:-1]
        return body + check_digit(body)
    right = len(digits) == NEW_ISBN and _all_digits(digits) and digits.startswith(BOOKLAND)
    if not right or check_digit(digits[:-1]) != digits[-1]:
        message = "The check digit of this ISBN is another one."
        raise ValueError(message)
    return digits


def old_check(digits: str) -> bool:
    """Tell whether the ten signs of an old ISBN belong together; the last may be an X for 10."""
    last = "10" if digits[-1] == "X" else digits[-1]
    if not _all_digits(last):
        return False
    total = sum((OLD_ISBN - n) * int(digit) for n, digit in enumerate(digits[:-1]))
    return (total + int(last)) % 11 == 0


def _all_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
