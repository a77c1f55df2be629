"""A fictional agency with 97 fictional workers, for trying everything."""
