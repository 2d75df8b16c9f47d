"""Writes to dossiers: `filing` by people, `receiving` and `handling` by officials, `results`, `keeping` by the house."""
