"""What is not followed when a run's code is read: by name, with the reason. ``test_source.py`` holds the table."""

from __future__ import annotations

LEFT_OUT = {  # definitions; a star stands for all of a module
    "foundations.config.*": "holds and checks settings, whose values a run keeps",
    "foundations.errors.*": "what a refusal says",
    "foundations.files.*": "opens files and bounds them: whoever reads one checks its SHA-256",
    "training.loop.Resumable.restore": "goes on from a saved state to the same bits: test_runs.py, test_minibatch.py",
    "training.loop.Resumable.state": "saves that state",
    "training.loop._send_workers_home": "ends threads, so that the next ones share a setting",
    "training.mnist._content": "finds or fetches files, whose MD5 is checked after",
    "training.runs.*": "finds, keeps and reads runs: one that another is made from counts by its own class",
}

UNUSED = {  # members of a run's class
    "name": "for people: runs are told apart by their settings",
    "tier": "when it is trained, not what comes out",
    "family": "the folder of its recordings",
    "varies": "what may train side by side: replicates compute together what they compute alone",
    "__post_init__": "checks settings",
}
