"""Every error that Reelhouse raises on purpose.

A message says what is, what was required, and where; the command lines print it as one line and
exit with 1.
"""

from __future__ import annotations


class ReelhouseError(Exception):
    """Base of all errors whose message is meant for the user."""


class SourceError(ReelhouseError):
    """An input cannot be read: missing, empty, damaged, not what it claims to be."""


class QualityError(ReelhouseError):
    """The data broke a dataset rule; nothing is published."""


class ClusteringError(ReelhouseError, ValueError):
    """The clustering cannot be done as asked; a ValueError too, as scikit-learn expects."""


class EvaluationError(ReelhouseError, ValueError):
    """What should be measured cannot be: wrong shapes, nothing held out, a cut-off too deep."""


class StoreError(ReelhouseError):
    """A store cannot be used: absent, read-only, unreachable."""


class NoVersionError(StoreError):
    """The store holds no version, or not the one asked for."""


class BrokenCommitError(StoreError):
    """A commit object cannot be read or points at a damaged or missing manifest."""


class RetiredVersionError(BrokenCommitError):
    """A version was retired by housekeeping: its commit stays, its files are gone."""


class DamagedFileError(StoreError):
    """A published file is missing or its bytes differ from the manifest's sha256."""


class CommitConflictError(StoreError):
    """Another writer committed the version that this run was made for."""


class UnknownTitleError(ReelhouseError):
    """No published title has the name that was asked for."""


class RecommendationError(ReelhouseError):
    """A recommender is given what it cannot learn from or answer."""


class NetworkError(ReelhouseError):
    """A network is given what it cannot learn from or answer, or is not what its files say."""


class OutOfTimeError(ReelhouseError):
    """A model took longer than every model of a comparison may."""


class FeatureError(ReelhouseError):
    """A feature model cannot be fitted, saved or loaded."""


class NothingToFitError(FeatureError):
    """The titles hold nothing that a kind of feature could be made of."""


class CredentialsError(StoreError):
    """Credentials of a store are missing, incomplete or not readable."""


class ComputeError(ReelhouseError):
    """The place where Dask should compute is not there, or is not named as it must be."""


class FigureError(ReelhouseError):
    """A picture cannot be drawn."""


class ReportError(ReelhouseError):
    """The explorer page cannot be written or opened."""
