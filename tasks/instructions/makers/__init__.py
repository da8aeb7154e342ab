"""Documents or Pairs → Pairs, by asking a model: a file a maker, listed in tasks/instructions/wanted.py."""
