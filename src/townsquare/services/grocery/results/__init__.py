"""What people get to know of the shop."""
