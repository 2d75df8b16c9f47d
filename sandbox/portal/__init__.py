"""The SANDBOX national public service portal."""
