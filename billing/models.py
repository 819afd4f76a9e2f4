"""Points: prices, packages, buckets, holds and the ledger."""
