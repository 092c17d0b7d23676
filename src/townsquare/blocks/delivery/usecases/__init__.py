"""Steps that services take with delivery, inside their own use cases."""
