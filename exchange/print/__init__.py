"""Paper: documents as PDF/A, made from data alone, the same bytes each time."""
