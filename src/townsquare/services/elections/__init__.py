"""Vote in polls: who may, in secret, once, and with a count that everybody can follow."""
