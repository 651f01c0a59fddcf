"""Pure code: no service, no settings, no database. Each library could be published alone."""
