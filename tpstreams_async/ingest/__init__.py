"""Bringing in many videos: from a table of them to one asset for each row, or one reason why not."""
