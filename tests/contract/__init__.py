"""Slices of GitHub's published contracts, and the scripts that cut them."""
