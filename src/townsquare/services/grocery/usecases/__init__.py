"""What people do in the shop."""
