"""How long does it take? Road graph, turn bans, closures, snapping, shortest ways."""
