"""Papers as PDF: what an agency issues, laid out as NĐ 30/2020/NĐ-CP says."""
