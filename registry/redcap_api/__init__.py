"""A study as programs for REDCap read it: one address, POST /redcap/api/, read-only.

asked → the parameters of a request; layout → the study as a project: its forms, fields and events; charts → the rows
of the record; columns → what of them is written, and how; contents → what each `content` answers.

Every field is called `<form>_<name>`, where the name is that of our own API and of the chart's forms. A value that is
missing with a reason is the reason's code (`not_done`), which `project` lists as `missing_data_codes`; with
rawOrLabel=label it is the reason in words. Never asked, and never answered, is "".
"""
