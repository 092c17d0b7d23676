"""What the shop decides by plain arithmetic: amounts that were typed, prices per kilogram."""
