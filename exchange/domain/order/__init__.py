"""Orders: what a contract makes the two parties do."""
