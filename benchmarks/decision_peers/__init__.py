"""The solver beside its peers: VROOM, OR-Tools' routing and rules of practice, on the same problems, scored alike."""
