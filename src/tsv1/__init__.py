"""The voting protocol TSV1: what the server, the verifier and the trustees' programs share.

Nothing here knows the application: no database, no clock, no settings. docs/elections/protocol.md
tells what each module holds; tests/tsv1/ reproduces the published values.
"""
