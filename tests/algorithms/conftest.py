"""Its place here lets the tests in this folder and below import ``games`` and ``reference``."""
