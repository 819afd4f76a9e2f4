"""Food and drink: packs, cans, baked goods, fruit."""
