"""``python -m circles``."""

from circles.cli import main

raise SystemExit(main())
