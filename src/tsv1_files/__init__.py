"""Files of the programs around an election: sealed ones for secrets, messages for uploads.

Shared by the trustees' and the authority's programs; nothing here speaks to a network.
"""
