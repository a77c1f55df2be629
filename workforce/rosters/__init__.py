"""The agency's spreadsheets, from bytes to understood rows. Nothing here knows a database.

`sheets` opens files, `headers` finds the columns, `cells` and its neighbours read values, `understanding` puts the rows
together, `rejects` writes back what could not be used.
"""
