"""Who sits here, for the verdicts that a command keeps."""

import getpass
import os


def login() -> str:
    """Name of the user; containers often run under a number that has no name, and then it is the number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
