"""Data cards: what a folder of rows holds, as card.md with two plots beside it."""
