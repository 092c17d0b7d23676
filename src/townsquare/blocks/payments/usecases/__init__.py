"""Steps that services take with money, inside their own use cases."""
