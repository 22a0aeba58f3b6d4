"""The search for a plan: a ladder of methods behind `solve`, and the checker that trusts none of them."""
