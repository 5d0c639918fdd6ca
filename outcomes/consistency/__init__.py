"""Do printed figures agree with each other and with whole people? Pure: no database, no request."""
