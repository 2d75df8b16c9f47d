"""Paying: find a bill, pay it, take cash, look after refunds, money held aside and statements."""
