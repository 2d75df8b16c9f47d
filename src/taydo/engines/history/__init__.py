"""History: hours and days computed from readings, and closed days as files."""
