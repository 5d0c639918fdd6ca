"""Who is at the door: log-in, second factors, how long a session lasts, and when it is asked again who sits there."""
