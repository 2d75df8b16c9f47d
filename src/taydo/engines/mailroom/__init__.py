"""Mailroom: letters by e-mail come in once each, are kept before anything else, read safely, and told to whoever answers them."""
