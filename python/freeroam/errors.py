"""What freeroam raises."""


class FreeroamError(Exception):
    """The base of all errors of freeroam. The message names the value, where it came from and what was expected."""


class InputError(FreeroamError, ValueError):
    """An argument that cannot be used, such as an array of the wrong shape."""


class SettingsError(InputError):
    """A setting that cannot be used: an unknown key, a wrong value, a folder that is no run."""


class RunError(FreeroamError, RuntimeError):
    """A run that failed on the way, or whose folder is damaged."""
