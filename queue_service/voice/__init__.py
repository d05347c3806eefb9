"""The voice menu: by keys alone, in Vietnamese and English."""
