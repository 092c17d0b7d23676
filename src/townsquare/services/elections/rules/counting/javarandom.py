"""The generator of `java.util.Random`, to break ties as a program written in Java did."""

MASK = (1 << 48) - 1
MULTIPLIER, INCREMENT = 0x5DEECE66D, 0xB
MANTISSA = 53  # Bits of a number that Java multiplies.
LARGEST = (1 << 31) - 1


class JavaRandom:
    """Numbers that follow from a seed, the same as in Java."""

    def __init__(self, seed: int) -> None:
        self._state = (seed ^ MULTIPLIER) & MASK

    def _next(self, bits: int) -> int:
        self._state = (self._state * MULTIPLIER + INCREMENT) & MASK
        return self._state >> (48 - bits)

    def numerator(self) -> int:
        """Return the next number from 0 to below 1 (`nextDouble`), in units of 2^-53."""
        return (self._next(26) << 27) + self._next(27)

    def place(self, size: int) -> int:
        """Return `floor(nextDouble * size)`, with Java's rounding of the product."""
        product = self.numerator() * size
        spare = max(0, product.bit_length() - MANTISSA)
        kept, lost = divmod(product, 1 << spare)
        if spare and (lost * 2, kept % 2) > (1 << spare, 0):
            kept += 1
        return (kept << spare) >> MANTISSA

    def below(self, bound: int) -> int:
        """Return the next whole number below this one (`nextInt`)."""
        if bound & -bound == bound:
            return bound * self._next(31) >> 31
        while True:
            bits = self._next(31)
            if bits - bits % bound + bound - 1 <= LARGEST:
                return bits % bound

    def shuffled(self, names: list[str]) -> list[str]:
        """Return the names as `Collections.shuffle` leaves them."""
        mixed = list(names)
        for size in range(len(mixed), 1, -1):
            other = self.below(size)
            mixed[size - 1], mixed[other] = mixed[other], mixed[size - 1]
        return mixed
