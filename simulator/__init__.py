"""What would happen if? A simulated world that drives the very engine of the live service."""
