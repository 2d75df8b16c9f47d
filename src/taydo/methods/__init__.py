"""What law and science compute, as plain libraries without Django."""
