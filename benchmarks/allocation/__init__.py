"""The allocation: kernel, other packages, a million children, and a county's stage by its commands."""
