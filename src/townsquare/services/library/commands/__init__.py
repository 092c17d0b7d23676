"""What people can wish of the library."""
