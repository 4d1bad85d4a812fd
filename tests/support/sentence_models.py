"""A sentence-embedding model of a few kilobytes, untrained: it means nothing, but loads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def write_tiny_model(folder: Path, words: Iterable[str]) -> None:
    """Write a model that has a random vector for each word, in the library's own format."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", *sorted(words)]
    base = folder.with_name(f"{folder.name}-transformer")
    tokenizer = BertTokenizerFast(vocab={word: at for at, word in enumerate(vocabulary)})
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(base)
    tokenizer.save_pretrained(base)
    transformer = Transformer(str(base))
    SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu").save(str(folder))
