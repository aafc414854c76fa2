"""By what the secrets of the two companies are known."""

# Where the secrets stand that no row would show by itself; all of them begin so.
MARK = "Kestrel"
