"""Checks before filing: what is missing or wrong in a request, told before it is sent."""
