"""What people can do at the door, and what administrators can do behind it."""
