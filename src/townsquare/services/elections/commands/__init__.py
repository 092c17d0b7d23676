"""What people can wish of elections."""
