"""SANDBOX: a remote signing provider (CSC API v2) and a time-stamping authority (RFC 3161), apart from the city."""
