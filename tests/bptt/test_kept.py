"""Which terms are kept, against walks and against counting; and the sum of the kept terms, against the walks."""

import numpy as np
import pytest

from bptt import backward, draws, kept, truncated


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("h", [1, 2, 3, 20])
def test_the_kept_terms_add_up_to_what_the_walks_give(seed, h):
    letters = draws.rnn(seed)
    T = len(letters["x"])
    by_window = kept.gradient(kept.sliding(T, h), **letters)
    by_chunks = kept.gradient(kept.chunked(T, h), **letters)
    np.testing.assert_allclose(by_window, truncated.sliding(**letters, window=h).W, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(by_chunks, truncated.chunked(**letters, chunk=h).W, rtol=1e-11, atol=1e-14)
    if h > T:
        np.testing.assert_allclose(by_window, backward.backward(**letters).W, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize(("reach", "every"), [(1, 1), (4, 1), (4, 2), (6, 4), (3, 3), (5, 5)])
def test_a_walk_after_every_few_steps(reach, every):
    """Walk, literally: after step u, with the losses since the last walk, through the last steps down to u - reach."""
    T = 12 * every
    seen = np.zeros((T, T), bool)
    for u in range(every, T + 1, every):
        for t in range(u - every + 1, u + 1):
            for k in range(t, max(u - reach, 0), -1):
                seen[t - 1, k - 1] = True
    np.testing.assert_array_equal(kept.blocks(T, reach, every), seen)


def test_no_loss_has_a_term_of_a_later_step():
    for table in (kept.sliding(7, 3), kept.chunked(7, 3), kept.blocks(7, 4, 2)):
        assert not np.triu(table, 1).any()
        assert np.diag(table).all()


def test_the_size_of_a_term_is_the_norm_of_its_matrix():
    letters = draws.rnn(1)
    sizes, T = kept.sizes(**letters), len(letters["x"])
    for t, k in ((1, 1), (4, 2), (T, 1)):
        one = np.zeros((T, T), bool)
        one[t - 1, k - 1] = True
        assert sizes[t - 1, k - 1] == pytest.approx(np.linalg.norm(kept.gradient(one, **letters), 2), rel=1e-12, abs=0)
    assert not np.triu(sizes, 1).any()


@pytest.mark.parametrize(("reach", "every"), [(0, 1), (1, 0), (2, 3)])
def test_a_reach_that_leaves_losses_out_is_refused(reach, every):
    with pytest.raises(ValueError, match=rf"reach is {reach} and every is {every}; it must be 1 <= every <= reach"):
        kept.blocks(5, reach, every)


def test_a_table_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"kept has shape \(4, 4\); it must be \(5, 5\), as there are 5 steps"):
        kept.gradient(kept.sliding(4, 2), **draws.rnn())
