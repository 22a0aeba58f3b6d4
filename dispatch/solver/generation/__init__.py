"""Column generation: the routes that cost least together, and a bound that proves how far off that is."""
