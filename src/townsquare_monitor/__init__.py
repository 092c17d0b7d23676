"""Watches the board of an election: what was on it once must stay on it."""
