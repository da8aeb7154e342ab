"""sources → archive: text exactly as found, one Document a row."""
