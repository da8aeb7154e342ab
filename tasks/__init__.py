"""The work: plain functions, values or files in, values or files out."""
