"""How much a document may be, and what the process that writes it anew may take (trust, T-17)."""

MAX_BYTES = 5_000_000
MAX_FILES = 10
MAX_PIXELS = 20_000_000
MAX_PAGES = 50
MAX_OBJECTS = 20_000
MAX_UNPACKED_BYTES = 200_000_000
# Of what is kept: an image written anew can be larger than what came, never without bound.
MAX_KEPT_BYTES = 12_000_000

# Twenty million pixels in four bytes, three times over, with Python and Pillow, fit in half of this.
CHILD_MEMORY_BYTES = 640 * 1024 * 1024
CHILD_CPU_SECONDS = 20
CHILD_WALL_SECONDS = 40
CHILD_OPEN_FILES = 32
CHILDREN_AT_ONCE = 2
# Who waits longer for a child is told to come back, so that nobody's upload hangs.
CHILD_WAIT_SECONDS = 20
UPLOADS_AT_ONCE = 32
UPLOADS_PER_HOUR = 60
# The boundaries, headers and fields of a multipart body beside the file itself.
MULTIPART_BYTES = 20_000
