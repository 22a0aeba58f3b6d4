"""Who asks? The clock today; HTTP, streams and device protocols with the service."""
