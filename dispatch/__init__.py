"""Who goes, where to, and why? Orders, trucks, shops, the problem, the solver, the engine, the explanation."""
