"""Files of other systems come in by declared columns; rows that do not fit are kept with the reason."""
