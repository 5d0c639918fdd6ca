"""The same report as files: one ordered list of parts, drawn as PDF, Word document, workbook and web page."""
