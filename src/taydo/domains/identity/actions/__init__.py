"""Every write of identity, by what it is about: accounts, roles, rights."""
