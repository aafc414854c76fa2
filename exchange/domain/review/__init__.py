"""Reviews: what each side of a finished order says of the other, blind until both have."""
