"""Per-channel int8 weights that keep a layer's output: scale search, second-order rounding, bias correction."""

import numpy as np

LEVELS = 127


def scales(weight, importance, shrink=np.linspace(0.5, 1.0, 51)):
    """Scale per row of weight [out, in] with the least importance-weighted squared rounding error."""
    top = np.maximum(np.abs(weight).max(1), 1e-12) / LEVELS
    best, best_error = top.copy(), np.full(len(weight), np.inf)
    for factor in shrink:
        scale = (top * factor)[:, None]
        rounded = np.clip(np.round(weight / scale), -LEVELS, LEVELS) * scale
        error = ((rounded - weight) ** 2 * importance).sum(1)
        better = error < best_error
        best[better], best_error[better] = (top * factor)[better], error[better]
    return best.astype(np.float32)


def rounded(weight, moments, damping=0.01):
    """Codes and scales for weight [out, in], given the inputs' second moments [in, in].

    Columns are rounded one after the other, and each one's error is passed to the columns still to come so that the
    output changes least (Frantar et al. 2022, GPTQ, equations 2 and 3; the inverse's Cholesky factor gives all steps).
    """
    weight = weight.astype(np.float64).copy()
    diagonal = np.diag(moments).copy()
    order = np.argsort(-diagonal)
    scale = scales(weight, diagonal[None, :] + 1e-12)
    wide = scale.astype(np.float64)
    moments = moments[np.ix_(order, order)] + damping * diagonal.mean() * np.eye(len(order))
    factor = np.linalg.cholesky(np.linalg.inv(moments)).T  # upper: H^-1 = U^T U
    rest = weight[:, order]
    codes = np.zeros_like(rest)
    for i in range(rest.shape[1]):
        codes[:, i] = np.clip(np.round(rest[:, i] / wide), -LEVELS, LEVELS)
        error = (rest[:, i] - codes[:, i] * wide) / factor[i, i]
        rest[:, i:] -= np.outer(error, factor[i, i:])
    unsorted = np.empty_like(codes)
    unsorted[:, order] = codes
    return unsorted.astype(np.int8), scale
