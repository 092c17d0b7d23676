"""What people can do in the library."""
