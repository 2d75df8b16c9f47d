"""SANDBOX VNeID: an OpenID Connect provider with made-up people; it can be told to be slow, to fail and to lie. For tests and demonstrations only."""
