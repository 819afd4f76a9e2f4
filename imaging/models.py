"""Generations and the pictures they made."""
