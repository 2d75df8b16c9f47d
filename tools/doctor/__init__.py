"""The house examines itself: `python -m tools.doctor`. One check a file; each says what is wrong, where, and what to do."""
