"""SANDBOX SMS: a gateway for text messages that sends nothing and shows everything; for demonstrations and tests only."""
