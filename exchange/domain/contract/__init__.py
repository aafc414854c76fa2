"""Contracts: the frozen text that binds two companies."""
