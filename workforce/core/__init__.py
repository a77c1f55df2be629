"""The ground: config, database, tenancy, clock, errors, web, guard, vault, audit, logs. It has never heard of a worker."""
