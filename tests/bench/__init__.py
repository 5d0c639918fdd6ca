"""Benchmarks: run by hand with ./dev bench NAME, never asserted by time. No pytest here, so Django is set up."""

import django

django.setup()
