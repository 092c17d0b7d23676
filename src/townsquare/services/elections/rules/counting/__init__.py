"""Count any contest exactly: `count` gives one table for one input, on every machine."""
