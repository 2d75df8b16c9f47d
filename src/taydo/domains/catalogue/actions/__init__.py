"""Writes of the catalogue: publishing versions, importing official lists, editing and reviewing on screen."""
