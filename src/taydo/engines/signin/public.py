"""Imported at start: sessions are watched from the first request on."""

from . import sessions as sessions
