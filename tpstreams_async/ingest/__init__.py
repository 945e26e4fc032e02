"""Bringing in videos by the thousand, in a way that survives a crash."""
