"""Webhooks: other programs are told what happens here, signed, and again until they hear it."""
