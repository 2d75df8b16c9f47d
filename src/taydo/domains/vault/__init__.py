"""Papers of persons and organisations, who may see them, and for how long."""
