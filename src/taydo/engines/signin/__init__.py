"""Signing in: one-time codes, second factors, passkeys, and the sessions they begin."""
