"""The community shop: what it sells, what is there of it, and what it costs."""
