"""Nobody sees, changes or infers what is not theirs: every route, every role, another company's objects."""
