"""Signer: the one process that opens the signing keys; the others ask it over a socket of this machine."""
