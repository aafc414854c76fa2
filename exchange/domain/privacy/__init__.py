"""Data protection: personal fields sealed with a key per company, what a person may ask for, and how long things are kept."""
