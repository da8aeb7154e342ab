"""Documents or Pairs → Pairs, by asking a model: a file a maker, listed in mix.py."""
