"""Folder for PYTHONPATH of programs that are to obey the fault injection."""
