"""An individual sentence by which an act is explained to a family."""

from typing import Annotated

from pydantic import StringConstraints

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=2000)]
