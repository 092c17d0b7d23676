"""Lend real books: the catalogue, its copies, and the desk that lends them."""
