"""Toys: plush, blocks, vehicles, games."""
