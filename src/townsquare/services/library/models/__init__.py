"""The tables of the library: the catalogue, then lending."""
