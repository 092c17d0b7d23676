"""What the library reckons, in plain Python."""
