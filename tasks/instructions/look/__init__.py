"""A person looks at a sample of rows, kept and dropped, and says keep, drop or fix."""
