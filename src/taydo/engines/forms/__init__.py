"""Forms people fill in: declared as JSON Schema with a layout, prefilled, saved as typed, checked in plain words."""
