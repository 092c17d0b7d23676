"""Loading the program without looking for garbage in it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Load modules or put the town together; for a process that does nothing else meanwhile.

    What loading makes stays until the end, so every look for garbage is for nothing: some hundred
    looks in all. They are left out here, and what was made is kept out of later ones.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
