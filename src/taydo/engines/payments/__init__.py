"""Bills, money that comes for them, and the ledger that balances to the đồng."""
