"""Alerts: limits that officials declare, a state for every limit and sensor, and what people are told when it changes."""
