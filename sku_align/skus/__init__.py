"""SKU ids that survive from run to run, what happened to them, and which values a SKU shows."""
