"""From the words on a page to its text in reading order."""
