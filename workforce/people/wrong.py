"""A value that cannot be used, and the field it was typed in."""

from workforce.core.errors import Invalid


class WrongField(Invalid):
    """Raised by a rule about one value; a form shows the message at the field called `field`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
