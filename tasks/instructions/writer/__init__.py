"""A small model of our own that writes the instruction to an answer: trained here, on the Pairs that are there."""
