"""How an official changes the way a kind of case goes for one subject, without code: drafts, checks, versions, release."""
