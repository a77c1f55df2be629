"""Who logs in: users, passwords, sessions, invitations."""
