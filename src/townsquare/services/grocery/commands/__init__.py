"""What people wish of the shop."""
