"""Files of text processors, books and pages → title and text, one format a file; read in the child alone (child.py)."""
