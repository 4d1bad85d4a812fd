"""Models on torch: the extra `deep`."""

from __future__ import annotations

from reelhouse.models.entry import Choices, Entry, Range

_RATE = Range(3e-4, 3e-3, log=True)
_GRAPH_RATE = Range(2e-3, 2e-2, log=True)
_BATCH = Choices((64, 128, 256))
_SHARE = Range(0.2, 0.8)

DEEP: tuple[Entry, ...] = (
    # Autoencoders on torch.
    Entry(
        "autorec-item", "rating", "reelhouse.models.autoencoders.autorec:ItemAutoRec",
        {"hidden": Range(100, 600, log=True, whole=True), "dropout": _SHARE,
         "l2": Range(5, 200, log=True), "learning_rate": _RATE}, "deep",
    ),
    Entry(
        "autorec-user", "rating", "reelhouse.models.autoencoders.autorec:UserAutoRec",
        {"hidden": Range(100, 600, log=True, whole=True), "dropout": _SHARE,
         "l2": Range(5, 200, log=True), "learning_rate": _RATE}, "deep",
    ),
    Entry(
        "deep-autoencoder", "rating", "reelhouse.models.autoencoders.deep:DeepAutoencoder",
        {"hidden": Choices(((64, 64), (128, 64), (128, 128), (256, 128))),
         "dropout": Range(0.2, 0.9), "l2": Range(10, 500, log=True),
         "refeeding": Choices((0, 1, 2)), "learning_rate": _RATE}, "deep",
    ),
    Entry(
        "mult-dae", "ranking", "reelhouse.models.autoencoders.mult_vae:MultDAE",
        {"hidden": Range(200, 800, log=True, whole=True), "dropout": _SHARE,
         "l2": Range(1e-4, 1e-2, log=True), "batch_size": _BATCH, "learning_rate": _RATE}, "deep",
    ),
    Entry(
        "mult-vae", "ranking", "reelhouse.models.autoencoders.mult_vae:MultVAE",
        {"hidden": Range(300, 1000, log=True, whole=True), "latent": Choices((100, 200, 300)),
         "dropout": _SHARE, "kl_weight": Range(0.05, 1.0, log=True), "batch_size": _BATCH,
         "learning_rate": _RATE}, "deep",
    ),
    Entry(
        "recvae", "ranking", "reelhouse.models.autoencoders.recvae:RecVAE",
        {"hidden": Choices((200, 300, 600)), "latent": Choices((100, 200)), "dropout": _SHARE,
         "kl_weight": Range(1e-3, 2e-2, log=True), "batch_size": _BATCH, "learning_rate": _RATE},
        "deep",
    ),
    # Graph models on torch.
    Entry(
        "gcmc", "rating", "reelhouse.models.graph.gcmc:GCMC",
        {"messages": Choices((25, 50, 100)), "factors": Choices((25, 50, 75)), "dropout": _SHARE,
         "learning_rate": _GRAPH_RATE}, "deep",
    ),
    Entry(
        "graphsage", "ranking", "reelhouse.models.graph.sage:GraphSAGE",
        {"factors": Choices((64, 128)), "hidden_share": _SHARE, "dropout": _SHARE,
         "l2": Range(1e-3, 10.0, log=True), "learning_rate": _GRAPH_RATE}, "deep",
    ),
    Entry(
        "gat", "ranking", "reelhouse.models.graph.gat:GAT",
        {"factors": Choices((64, 128)), "heads": Choices((1, 4)), "hidden_share": _SHARE,
         "dropout": _SHARE, "l2": Range(1e-3, 10.0, log=True), "learning_rate": _GRAPH_RATE},
        "deep",
    ),
    Entry(
        "lightgcn", "ranking", "reelhouse.models.graph.light:LightGCN",
        {"factors": Choices((64, 128, 256)), "layers": Choices((1, 2, 3)),
         "l2": Range(1e-5, 1e-2, log=True), "learning_rate": _GRAPH_RATE}, "deep",
    ),
    Entry(
        "xsimgcl", "ranking", "reelhouse.models.graph.xsimgcl:XSimGCL",
        {"factors": Choices((64, 128, 256)), "layers": Choices((1, 2, 3)),
         "noise": Range(0.02, 0.3, log=True), "contrast": Range(1e-3, 0.2, log=True),
         "temperature": Range(0.1, 0.5, log=True), "learning_rate": _GRAPH_RATE}, "deep",
    ),
)  # fmt: skip
