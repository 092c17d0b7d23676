"""Codes that people type: six digits of an app (RFC 6238), and recovery codes on paper."""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from secrets import choice

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from townsquare.core.identity.passwords import MEBIBYTE, in_turn
from townsquare.core.ids import ALPHABET

SECONDS = 30
DIGITS = re.compile(r"[0-9]{6}")
BETWEEN = re.compile(r"[\s-]+")
HOW_MANY, GROUPS, SIGNS = 10, 4, 4  # Four groups of four signs of five bits: 80 bits.
# Letters that no code of ours has, as the digits that they were meant to be.
READ_AS = str.maketrans("OIL", "011")
RECOVERY = PasswordHasher(time_cost=2, memory_cost=19 * MEBIBYTE, parallelism=1)


def new_secret() -> str:
    """Return the secret of a new app: 160 random bits in base 32, as apps take it."""
    import pyotp  # noqa: PLC0415 (only who has a second factor needs it)

    return str(pyotp.random_base32())


def address_of(secret: str, *, account: str, town: str) -> str:
    """Return what the QR code for the app says."""
    import pyotp  # noqa: PLC0415 (only who has a second factor needs it)

    return str(pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=town))


def step_of(moment: datetime) -> int:
    """Return the number of the half minute in which this moment lies."""
    return int(moment.timestamp()) // SECONDS


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the step of this code: the present one or one beside it, None for any other code."""
    import pyotp  # noqa: PLC0415 (only who has a second factor needs it)

    made = pyotp.TOTP(secret)
    here = step_of(now)
    found = [step for step in (here - 1, here, here + 1) if _same(made.generate_otp(step), code)]
    return found[-1] if found else None


def typed(text: str) -> str:
    """Return a code without what people put between its signs."""
    return BETWEEN.sub("", text).upper()


def is_of_an_app(code: str) -> bool:
    """Tell whether this is a code of an app; everything else is taken as a recovery code."""
    return DIGITS.fullmatch(code) is not None


def parts_of(code: str) -> tuple[str, str]:
    """Return the name of a recovery code and its secret rest."""
    read = code.translate(READ_AS)
    return read[:SIGNS], read[SIGNS:]


def new_recovery_codes() -> list[str]:
    """Return ten fresh recovery codes, each with a first group of its own."""
    made: dict[str, str] = {}
    while len(made) < HOW_MANY:
        groups = ["".join(choice(ALPHABET) for _ in range(SIGNS)) for _ in range(GROUPS)]
        made[groups[0]] = "-".join(groups)
    return list(made.values())


def digests_of(codes: list[str]) -> Mapping[str, str]:
    """Return what is kept of recovery codes: a digest of the rest by the name of each."""
    rests = dict(parts_of(typed(code)) for code in codes)
    return in_turn(lambda: {name: RECOVERY.hash(rest) for name, rest in rests.items()})


def fits_recovery(code: str, digest: str) -> bool:
    """Tell whether this recovery code is the one of the digest."""
    rest = parts_of(code)[1]
    try:
        return in_turn(lambda: RECOVERY.verify(digest, rest))
    except (VerifyMismatchError, InvalidHashError):
        return False


def _same(made: str, code: str) -> bool:
    return hmac.compare_digest(made.encode(), code.encode())
