"""What the same work costs with nothing around it."""
