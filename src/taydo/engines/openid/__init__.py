"""OpenID Connect both ways: other systems sign in through the city, and the city through others."""
