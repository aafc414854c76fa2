"""A small but real OpenID provider, in a process of its own."""
