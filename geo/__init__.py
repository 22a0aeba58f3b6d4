"""Where is it? Points, Chinese datums, distances, a local projection, districts and zones."""
