"""Writes of billing: statements worked through, bills of other systems brought in, cases for money that waits."""
