"""Engines for towns that have a Redis (`TOWNSQUARE_REDIS_URL`)."""
