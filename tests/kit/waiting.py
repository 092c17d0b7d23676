"""Waiting for what comes when it comes."""

import time
from collections.abc import Callable


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Go on as soon as this is true; it is an error where it never is."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.005)
