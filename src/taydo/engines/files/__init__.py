"""Files: kept by content, known by what they are and not by what they say, served so that they can do nothing."""
