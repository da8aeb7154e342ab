"""What tasks/corpus/privacy.py replaces: each file finds one kind of personal data or secret, as spans of a text."""
