"""SANDBOX chat: a provider whose persons are made up; it sends signed webhooks and shows what is answered. For demonstrations and tests."""
