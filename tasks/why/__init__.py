"""`python -m tasks.why ID`: where a row came from, and what became of it."""
