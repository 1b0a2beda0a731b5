"""The module's ridge regression as a scikit-learn estimator: fit, predict, score, clone, GridSearchCV."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from circles.models import rkhm
from circles.models.rkhm_kernels import CirculantKernel, Gaussian, Modulated, Polynomial
from circles.models.rkhm_vector import Separable

KERNELS = ("gaussian", "polynomial", "separable")


class RKHMRegressor(RegressorMixin, BaseEstimator):
    """Ridge regression with values in the circulants: rows of X are first columns, rows of y too.

    ``kernel`` is one of KERNELS, ``c`` its scale, ``degree`` the polynomial's; ``mixing`` is the weight w of the
    neighbouring frequencies, k^_f = base^_f + w (base^_(f-1) + base^_(f+1)) / 2, zero for parameters in the
    circulants. A y with fewer columns than X is filled up with zeros; predictions have y's own columns, one number
    a row for a flat y. Raises ValueError for what scikit-learn refuses and for a y wider than X.
    """

    def __init__(self, kernel="gaussian", c=1.0, degree=3, penalty=1.0, mixing=0.0):
        self.kernel = kernel
        self.c = c
        self.degree = degree
        self.penalty = penalty
        self.mixing = mixing

    def fit(self, X, y):
        """Solve one n x n problem a frequency."""
        X, y = validate_data(self, X, y, multi_output=True, y_numeric=True, dtype=np.float64)
        if y.ndim == 2 and y.shape[1] > X.shape[1]:
            raise ValueError(f"y has {y.shape[1]} columns and X {X.shape[1]}, expected at most as many")
        self._flat, wide = y.ndim == 1, y.reshape(len(y), -1).astype(np.float64)
        self._width = wide.shape[1]
        target = np.zeros_like(X)
        target[:, : self._width] = wide
        targets = torch.from_numpy(target).unsqueeze(-1)
        self.fit_ = rkhm.ridge(self._kernel(), torch.from_numpy(X.copy()), targets, self.penalty)
        return self

    def predict(self, X):
        """The function's values at the rows of X."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        found = self.fit_(torch.from_numpy(X.copy()))[:, : self._width, 0].numpy()
        return found[:, 0] if self._flat else found

    def _kernel(self) -> CirculantKernel:
        bases = {
            "gaussian": Gaussian(self.c),
            "polynomial": Polynomial(self.c, self.degree),
            "separable": Separable("gaussian", self.c),
        }
        if self.kernel not in bases:
            raise ValueError(f"kernel is {self.kernel!r}, expected one of {', '.join(KERNELS)}")
        base = bases[self.kernel]
        return Modulated(base, (1.0, self.mixing)) if self.mixing else base

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
