"""Steps that services take with orders, inside their own use cases."""
