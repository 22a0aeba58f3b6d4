"""Speed, measured on this machine and told as a ratio to a named peer in the same run."""
