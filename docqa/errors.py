"""What can go wrong, each as one sentence for the person: what happened, what to do."""


class DocqaError(Exception):
    """A failure with one sentence for the person; everything else that is raised is a bug."""


class UsageError(DocqaError):
    """The request itself makes no sense (the command line exits with 2)."""


class WorkspaceBusy(DocqaError):
    """Another docqa is writing to this workspace."""


class ChildDied(DocqaError):
    """A helper process died; the next call starts a fresh one."""


class ChildNotStarted(ChildDied):
    """A helper process ended before anything was asked of it: what it was to do is not to blame."""


class ChildTimeout(DocqaError):
    """A helper process exceeded its time and was killed; the next call starts a fresh one."""


class Cancelled(Exception):
    """The caller (or somebody more urgent) stopped a call: neither an error nor an attempt."""


class NotOffered(DocqaError):
    """What a model was asked for is beyond it, as likelihoods are beyond some servers."""
