"""What others speak, as plain libraries without Django."""
