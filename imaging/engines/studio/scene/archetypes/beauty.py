"""Beauty: bottles, jars, tubes, make-up."""
