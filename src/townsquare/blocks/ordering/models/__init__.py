"""The tables of ordering."""
