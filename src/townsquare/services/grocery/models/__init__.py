"""What the shop finds in the tables of its blocks, and keeps in its own."""
