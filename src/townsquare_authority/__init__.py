"""The credential authority's program: who has which credential never reaches the server."""
