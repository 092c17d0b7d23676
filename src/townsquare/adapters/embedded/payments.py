"""A provider of payments that obeys a script, for tests and for a town without a real one."""

import hmac
import json
from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

from townsquare.blocks.payments.ports import Forged, ProviderEvent, Said, Silent
from townsquare.core.settings import Settings

CLOSED = "The account behind this card is closed."


@dataclass
class _Wish:
    """What this provider knows of one key."""

    amount_minor: int
    state: str
    ref: str
    captured_minor: int = 0
    refunds: dict[str, int] = field(default_factory=dict)

    def said(self) -> Said:
        amount = self.captured_minor if self.state == "captured" else self.amount_minor
        return Said(self.state, amount, self.ref)


class Scripted:
    """Does what the next word of its script says, and succeeds where the script is over.

    succeed, decline, time-out (nothing happens), twice (its message comes twice), late (it
    happens when `catch_up` is called), lost (it happens, the answer gets lost).
    """

    name = "test"

    def __init__(self, settings: Settings) -> None:
        self._secret = sha256(f"payments {settings.secret_key}".encode()).digest()
        self._turn = Lock()
        self._script: deque[str] = deque()
        self._wishes: dict[str, _Wish] = {}
        self._late: list[tuple[str, bool]] = []
        self._told: list[tuple[bytes, str]] = []

    def follow(self, *words: str) -> None:
        """Do this at the next calls, one word for each."""
        self._script.extend(words)

    def catch_up(self) -> None:
        """Do now what was to happen late."""
        with self._turn:
            late, self._late = self._late, []
            for key, capture in late:
                self._take(key, capture=capture)

    def messages(self) -> list[tuple[bytes, str]]:
        """Return the messages that have not been fetched yet, each with its signature."""
        with self._turn:
            told, self._told = self._told, []
        return told

    def authorise(self, key: str, *, amount_minor: int, currency: str, capture: bool) -> Said:  # noqa: ARG002 (it takes any)
        """Take money, or set it aside."""
        with self._turn:
            known = self._wishes.get(key)
            if known is not None:
                return known.said()
            word = self._next()
            if word == "time-out":
                raise Silent
            wish = _Wish(amount_minor, "failed", f"T-{len(self._wishes) + 1}")
            self._wishes[key] = wish
            if word == "decline":
                self._tell(key, "payment.failed", wish.said())
                return wish.said()
            if word == "late":
                wish.state = "unknown"
                self._late.append((key, capture))
                raise Silent
            self._take(key, capture=capture, twice=word == "twice")
            return self._answer(word, wish.said())

    def capture(self, key: str, *, amount_minor: int) -> Said:
        """Take what was set aside or a part of it."""
        with self._turn:
            word, wish = self._next(), self._wishes[key]
            if word == "time-out":
                raise Silent
            if wish.state == "authorised" and amount_minor <= wish.amount_minor:
                wish.state, wish.captured_minor = "captured", amount_minor
                self._tell(key, "payment.captured", wish.said())
            return self._answer(word, wish.said())

    def refund(self, key: str, *, refund_key: str, amount_minor: int) -> Said:
        """Give money back, never more than was taken."""
        with self._turn:
            word, wish = self._next(), self._wishes[key]
            if word == "time-out":
                raise Silent
            if refund_key not in wish.refunds:
                left = wish.captured_minor - sum(wish.refunds.values())
                if word == "decline" or amount_minor > left:
                    refused = Said("failed", amount_minor, reason=CLOSED)
                    self._tell(refund_key, "refund.failed", refused)
                    return refused
                wish.refunds[refund_key] = amount_minor
                self._tell(refund_key, "refund.done", Said("done", amount_minor))
            return self._answer(word, Said("done", amount_minor))

    def cancel(self, key: str) -> Said:
        """Give up a wish; one that was not known yet is never taken."""
        with self._turn:
            unheard = _Wish(0, "cancelled", f"T-{len(self._wishes) + 1}")
            wish = self._wishes.setdefault(key, unheard)
            if wish.state == "authorised":
                wish.state = "cancelled"
            return self._answer(self._next(), wish.said())

    def fetch(self, key: str) -> Said | None:
        """Return what has become of a wish."""
        with self._turn:
            wish = self._wishes.get(key)
            return wish.said() if wish else None

    def verify_event(self, body: bytes, signature: str) -> ProviderEvent:
        """Return what a message says, if it is ours."""
        if not hmac.compare_digest(self._signed(body), signature):
            raise Forged
        told = json.loads(body)
        said = Said(told["state"], told["amount_minor"], told["ref"])
        return ProviderEvent(told["id"], told["kind"], told["key"], said)

    def _next(self) -> str:
        return self._script.popleft() if self._script else "succeed"

    def _take(self, key: str, *, capture: bool, twice: bool = False) -> None:
        wish = self._wishes[key]
        wish.state = "captured" if capture else "authorised"
        wish.captured_minor = wish.amount_minor if capture else 0
        for _each in range(2 if twice else 1):
            self._tell(key, f"payment.{wish.state}", wish.said())

    def _answer(self, word: str, said: Said) -> Said:
        if word == "lost":
            raise Silent
        return said

    def _tell(self, key: str, kind: str, said: Said) -> None:
        facts = {
            "id": f"{kind} {key}",
            "kind": kind,
            "key": key,
            "state": said.state,
            "amount_minor": said.amount_minor,
            "ref": said.ref,
        }
        body = json.dumps(facts, sort_keys=True).encode()
        self._told.append((body, self._signed(body)))

    def _signed(self, body: bytes) -> str:
        return hmac.new(self._secret, body, sha256).hexdigest()
