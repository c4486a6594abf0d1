"""Routing policies: one file each, ranking functions over plain numbers."""
