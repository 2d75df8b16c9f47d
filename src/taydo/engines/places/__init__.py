"""Administrative units with validity, predecessors and successors; geometry; point to unit on a date; vector tiles."""
