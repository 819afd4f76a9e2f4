"""Home: tableware, lighting, seating, textiles."""
