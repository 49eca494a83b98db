"""How large a file may be. Far above a county's needs, far below what would trouble the service."""

MAX_BYTES = 5_000_000
MAX_UNPACKED_BYTES = 40_000_000
MAX_ARCHIVE_ENTRIES = 500
MAX_ROWS = 20_000
MAX_COLUMNS = 64
MAX_TEXT = 200
