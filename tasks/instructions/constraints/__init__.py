"""Verifiable constraints as requests: how each is said (wording.py), what it asks for (draws.py), which go together."""
