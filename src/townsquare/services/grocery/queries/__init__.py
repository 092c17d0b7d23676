"""What people look at in the shop."""
