"""What the catalogue decides by plain arithmetic: codes and texts, barcodes, prices, taxes."""
