"""Feature files as they are written, and what is wrong with them."""
