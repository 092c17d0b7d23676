"""Speed as a ratio: our town beside named references, measured in one run."""
