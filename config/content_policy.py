"""What a browser may load for one of our pages (Content-Security-Policy)."""

from csp.constants import NONE, SELF, UNSAFE_INLINE

# Plotly writes style attributes and blob: images; no script may be inline.
POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
