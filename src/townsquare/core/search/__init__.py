"""Full-text search over what the town publishes: one index, fed by the outbox, rebuildable."""
