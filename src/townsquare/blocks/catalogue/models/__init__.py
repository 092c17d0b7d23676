"""The tables of the catalogue: shops, what they sell, and what it costs.

A shop of a service has its own items, prices and taxes; codes are compared by their keys.
"""
