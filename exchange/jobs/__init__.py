"""What follows from events: PostgreSQL owns the jobs, arq only wakes."""
