"""The computer that docqa runs on."""
