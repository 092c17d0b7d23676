"""The tables of stock; triggers of the migrations count the levels."""
