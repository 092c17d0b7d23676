"""Why a count is refused or stops."""


class CountRefused(ValueError):
    """The count cannot be made of what was given; the text says why."""


class TieToDraw(CountRefused):
    """The count has stopped at a tie: officers draw an order, and it is counted again with it.

    `purpose` is what the choice is for, `options` the codes of those who tie, `stage` the number
    of the stage at which they do.
    """

    def __init__(self, purpose: str, options: tuple[str, ...], stage: int) -> None:
        super().__init__(f"stage {stage}: draw an order of {', '.join(options)} to {purpose}")
        self.purpose, self.options, self.stage = purpose, options, stage
