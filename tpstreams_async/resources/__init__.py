"""What can be asked of the server, noun by noun."""
