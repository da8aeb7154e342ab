"""Who runs after whom, and how often it is tried again. Touches no text and no tensor."""
