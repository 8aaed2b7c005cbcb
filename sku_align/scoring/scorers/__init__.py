"""Engines that judge pairs of offers, one file each."""
