"""What is at rest? The shipped city, its fleet and shops, the loads."""
