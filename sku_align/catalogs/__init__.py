"""Catalogs: feeds of any format in, one table of offers and one of quarantined rows out."""
