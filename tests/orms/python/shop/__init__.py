"""A small Django application, for its migrations."""
