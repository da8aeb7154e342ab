"""Files that hold files: read member by member where they lie, never written to a disk."""
