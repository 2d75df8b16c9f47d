"""Durable pushes to systems outside: each message once at the partner, in order for one subject, however long it is away."""
