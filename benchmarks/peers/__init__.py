"""Our road router beside its peers: same places, same machine, same run, each engine in a process of its own."""
