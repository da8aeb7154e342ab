"""Claims about speed and near-duplicates, measured side by side with the peers: `make bench`."""
