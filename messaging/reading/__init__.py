"""What an inbound text means: help, safe, an answer, a place, a command, or a person's own words.

Nothing here touches a database, a clock or the network: the same text always reads the same.
"""

from messaging.reading.classify import Place, Reading, Site, read

__all__ = ["Place", "Reading", "Site", "read"]
