"""The door of REDCap's programs: a session opens it for nobody, whoever asks sends a token in the form."""

NOBODY = "401 401 401 401 401 401 401"
REDCAP_DOORS = {"redcap-api": {"get": NOBODY, "post": NOBODY}}
