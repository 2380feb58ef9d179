"""Where things are."""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
REPOSITORY = HERE.parent.parent
BUILD = HERE / ".build"
OUTPUT = REPOSITORY / "sound-output"
PORTIER = Path(os.environ.get("PORTIER", REPOSITORY / ".build" / "release" / "portier"))
