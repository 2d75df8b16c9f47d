"""Suggestions: which label a text probably has, learned from the city's own finished work, with how sure that is."""
