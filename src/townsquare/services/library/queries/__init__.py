"""What pages and programs read in the library."""
