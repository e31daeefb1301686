"""The death of a process, as a test or a scenario asks for it."""


class Crash(BaseException):
    """The process dies here. Not an Exception, so that nothing but the test catches it."""
