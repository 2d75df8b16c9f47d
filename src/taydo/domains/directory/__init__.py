"""Who is who in the city: agencies with electronic codes, the units they serve, posts, and the people in them."""
