"""Steps that services take with purchases, inside their own use cases."""
