"""One search over the public things of every part: in plain words, without accents, with slips of the finger, honest about nothing found."""
