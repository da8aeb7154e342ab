"""Pages of the web: whom one may ask, what was answered, and what a reader finds in it."""
