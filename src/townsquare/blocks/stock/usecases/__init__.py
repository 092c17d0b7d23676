"""Steps that services and other blocks take with stock, inside their own use cases."""
