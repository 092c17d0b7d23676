"""Files taken in row by row: tried first, applied in chunks, resumed after a crash."""
