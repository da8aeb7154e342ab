"""Steps of tasks/corpus/normalise.py that are longer than a few lines: each a function from text to text."""
