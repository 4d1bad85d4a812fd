"""What compiled kernels answer is what the trained network itself would."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reelhouse.models.ratings import Ratings
from reelhouse.recommend.rated import RatedTitles
from tests.support.extras import needs_torch

pytestmark = needs_torch

N_USERS, N_TITLES = 9, 12


@pytest.fixture
def known() -> RatedTitles:
    rng = np.random.default_rng(0)
    seen = rng.random((N_USERS, N_TITLES)) < 0.4
    seen[:, 0] = True
    features = sparse.csr_matrix(rng.random((N_TITLES, 3)).astype(np.float32))
    return RatedTitles.of(sparse.csr_matrix(seen.astype(np.float32)), features=features)


def untrained(model: Any, known: RatedTitles) -> Any:
    """The model of a network as it begins, but for biases: all 0 would hide an error."""
    import torch

    from reelhouse.models.on_torch import torch_scope

    with torch_scope(model):
        learner = model._learner(known, torch.device("cpu"))
        random = torch.Generator().manual_seed(1)
        with torch.no_grad():
            for one in learner.parameters.values():
                one.add_(0.2 * torch.randn(one.shape, generator=random))
    model.known = known
    model.restore(learner.arrays())
    return learner


def test_an_attending_graph_answers_as_its_convolutions_do(known: RatedTitles) -> None:
    from reelhouse.models.graph.gat import GAT

    model = GAT(factors=8, heads=2, device="cpu")
    assert_convolved(model, untrained(model, known), known)


def test_a_graph_of_means_answers_as_its_convolutions_do(known: RatedTitles) -> None:
    from reelhouse.models.graph.sage import GraphSAGE

    model = GraphSAGE(factors=8, device="cpu")
    assert_convolved(model, untrained(model, known), known)


def assert_convolved(model: Any, learner: Any, known: RatedTitles) -> None:
    """Users learned from are scored as if they were new: the edges are the same."""
    users, titles = learner.vectors(learner._edges)
    wanted = users @ titles.T + learner.parameters["title_bias"]
    found = model.score_users(known.history)
    assert np.ptp(found) > 0.1
    assert found == pytest.approx(wanted.detach().numpy(), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("where", ["light:LightGCN", "xsimgcl:XSimGCL"])
def test_a_user_without_a_vector_of_layer_0_is_scored_by_propagation(
    where: str, known: RatedTitles
) -> None:
    import torch

    from reelhouse.models.registry import Entry

    kind: Any = Entry("it", "ranking", f"reelhouse.models.graph.{where}", {}).load()
    model = kind(factors=8, layers=1, device="cpu")
    learner = untrained(model, known)
    found = model.score_users(known.history)
    with torch.no_grad():
        titles = learner.averaged(learner.propagated()[1])
        learner.parameters["users"].zero_()
        users = learner.averaged(learner.propagated()[0])
    assert np.ptp(found) > 0.01
    assert found == pytest.approx((users @ titles.T).numpy(), rel=1e-4, abs=1e-5)


def test_recvae_answers_from_the_mean_of_the_code(known: RatedTitles) -> None:
    import torch

    from reelhouse.models.autoencoders.recvae import RecVAE, _encoded

    model = RecVAE(hidden=6, latent=3, device="cpu")
    learner = untrained(model, known)
    rows, _ = learner.batch(torch.arange(N_USERS))
    net = learner.parameters
    wanted = _encoded(rows, net)[0] @ net["decode"] + net["decode_bias"]
    found = model.score_users(known.history)
    assert np.ptp(found) > 0.1
    assert found == pytest.approx(wanted.detach().numpy(), rel=1e-4, abs=1e-5)


def test_mult_vae_answers_from_the_mean_of_the_code(known: RatedTitles) -> None:
    from reelhouse.models.autoencoders.mult_vae import MultVAE

    model = MultVAE(hidden=6, latent=3, device="cpu")
    net = {name: one.detach().numpy() for name, one in untrained(model, known).parameters.items()}
    rows = known.history.toarray()
    rows /= np.sqrt(rows.sum(axis=1, keepdims=True))
    hidden = np.tanh(rows @ net["encode"] + net["encode_bias"])
    code = hidden @ net["mean"] + net["mean_bias"]
    expanded = np.tanh(code @ net["expand"] + net["expand_bias"])
    wanted = expanded @ net["decode"] + net["decode_bias"]
    assert model.score_users(known.history) == pytest.approx(wanted, rel=1e-4, abs=1e-5)


def test_weights_of_a_history_go_in_at_length_1_and_come_out_as_many_as_titles() -> None:
    import torch

    from reelhouse.models.autoencoders.mult_vae import MultDAE

    history = sparse.csr_matrix(np.array([[3, 0, 4]], dtype=np.float32))
    learner: Any = MultDAE(hidden=2, device="cpu")._learner(
        RatedTitles.of(history), torch.device("cpu")
    )
    rows, counts = learner.batch(torch.tensor([0]))
    assert rows[0].tolist() == pytest.approx([0.6, 0, 0.8])
    assert counts[0].tolist() == pytest.approx([6 / 7, 0, 8 / 7])


def test_few_values_are_levels_and_many_share_them() -> None:
    from reelhouse.models.graph.gcmc import levels_of

    level, stands_for = levels_of(np.array([5.0, 1.0, 5.0]), 10)
    assert (level.tolist(), stands_for.tolist()) == ([1, 0, 1], [1, 5])
    level, stands_for = levels_of(np.array([4.0, 1.0, 2.0, 3.0]), 2)
    # The border is the median, 2.5; a level is the mean of its ratings.
    assert (level.tolist(), stands_for.tolist()) == ([1, 0, 0, 1], [1.5, 3.5])


def test_gcmc_predicts_the_mean_of_the_softmax_over_levels() -> None:
    import torch

    from reelhouse.models.graph.gcmc import GCMC, _LevelsLearner
    from reelhouse.models.on_torch import torch_scope

    rng = np.random.default_rng(0)
    users, titles = np.divmod(np.arange(30), 6)
    train = Ratings.of(users, titles, rng.integers(1, 4, 30))
    model = GCMC(messages=4, factors=3, device="cpu")
    with torch_scope(model):
        learner = _LevelsLearner(model, train, torch.device("cpu"))
    net = learner.held
    for one in net.values():
        one.add_(0.5)
    model.restore(learner.arrays())
    of_users, of_titles = (side.numpy() for side in learner._vectors(net, 0.0, None))
    forms = np.stack([of_users @ base.numpy() @ of_titles.T for base in net["bases"]], axis=2)
    logits = forms @ net["coefficients"].numpy().T
    shares = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    wanted = (shares @ np.array([1.0, 2.0, 3.0]))[users, titles]
    assert model.predict(users, titles) == pytest.approx(wanted, abs=1e-4)
