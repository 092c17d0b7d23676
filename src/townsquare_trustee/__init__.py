"""The program of a trustee: makes a part of the joint key and decrypts sums, without the server."""
