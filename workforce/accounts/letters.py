"""What our e-mails to staff say. No name of a worker, no number, nothing that could not be read over a shoulder."""

from workforce.core.words import _


def invitation(agency_name: str, link: str) -> tuple[str, str]:
    """Subject and text of an invitation."""
    subject = _("Your log-in for %(agency)s", agency=agency_name)
    text = _(
        "%(agency)s would like you to work with them in Muster.\n\nOpen this link within two days, type your name and choose a password:\n\n%(link)s\n\n"
        "The link works once. If you did not expect it, leave it alone: it will stop working by itself.",
        agency=agency_name,
        link=link,
    )
    return subject, text


def reset(link: str) -> tuple[str, str]:
    """Subject and text of a link to a new password."""
    text = _(
        "Somebody asked for a new password for your log-in to Muster.\n\nIf it was you, open this link within two days:\n\n%(link)s\n\n"
        "The link works once. If it was not you, leave it alone: your password stays as it is.",
        link=link,
    )
    return _("A new password"), text
