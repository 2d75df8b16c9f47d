"""What agencies do with cases together: ask each other, put off, merge, split, escalate, bring in, count."""
