"""Signatures on PDFs (PAdES), keys of people and agencies, and the page where anybody checks a paper."""
