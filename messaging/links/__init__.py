"""One-time links to pages for workers: made, looked at, opened once, used for as long as the page lives."""
