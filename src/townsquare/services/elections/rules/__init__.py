"""What elections reckon, in plain Python."""
