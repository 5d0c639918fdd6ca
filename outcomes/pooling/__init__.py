"""Statistics over many sites from tables that each site counts itself: specs, bundles, and what is made of them."""
