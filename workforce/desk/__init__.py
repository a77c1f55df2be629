"""Pages about the whole agency: Today, search, reports, settings, the audit log."""
