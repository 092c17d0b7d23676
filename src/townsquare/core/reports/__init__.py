"""Reports: one frozen table, shown as a page, a CSV file, a PDF or a chart."""
