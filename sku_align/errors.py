"""The exceptions that people see."""

import errno

# A full disk, a quota, a folder that may not be written to: the machine's owner must act, and nothing here is wrong.
_OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}


class UserError(Exception):
    """Something the user can put right; the message is a sentence that says what, where and how.

    The command line prints the message and exits with code 2. Every other exception is a bug and keeps its traceback.
    """


class TransientError(UserError):
    """Something that may pass by itself, such as a database that does not answer: the same call may succeed later."""


def of_the_machine(error: OSError) -> str:
    """The sentence of an error that the machine's owner can put right; empty if it is none of these.

    Example:
        >>> of_the_machine(OSError(errno.ENOSPC, "No space left on device", "out/scores.parquet"))
        'No space left on device (out/scores.parquet). Finished stages are kept; the same command goes on there.'
    """
    if error.errno not in _OF_THE_MACHINE:
        return ""
    where = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror}{where}. Finished stages are kept; the same command goes on there."


def how_to_install(extra: str) -> str:
    """Say how an extra is installed, for the end of a sentence; no package index has the project, so a clone is named.

    Args:
        extra: Name of the extra in pyproject.toml, such as "gpu".

    Example:
        >>> how_to_install("gpu")
        "install the extra `gpu` (in a clone: .venv/bin/uv pip install --python .venv/bin/python '.[gpu]')"
    """
    return f"install the extra `{extra}` (in a clone: .venv/bin/uv pip install --python .venv/bin/python '.[{extra}]')"
