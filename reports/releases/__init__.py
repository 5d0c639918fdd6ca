"""Rows that leave a site: a freeze under a profile for one recipient, as files that a manifest names.

profiles: what is left out. subjects: who the rows are of, and what the recipient calls them. rare: how many patients
are alike. files, manifest: the bytes. asking, running: a job that makes and keeps them. access: who may.
"""
