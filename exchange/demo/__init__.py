"""`exchange demo`: one whole deal and one short way through the public API, then every fact checked from outside."""
