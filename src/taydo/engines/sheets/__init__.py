"""Any rows with declared columns, as CSV and XLSX, streamed."""
