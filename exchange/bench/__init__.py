"""Measurements as commands: product and floor in turn in the same run, the load from a process of its own."""
