"""Kept as Django wrote them, and two by hand."""
