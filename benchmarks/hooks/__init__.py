"""One route with extensions enabled: the frameworks that have such a thing."""
