"""The commands of `huiying`, one noun a file."""
