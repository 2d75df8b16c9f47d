"""Streams: devices measure; readings are checked, kept, rolled up and handed on to whoever watches."""
