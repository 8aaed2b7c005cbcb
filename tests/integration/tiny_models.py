"""Tiny rerankers made on the spot: the published geometry's shape, weights of a few hundred kilobytes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sku_align.scoring.canaries import load_canaries
from sku_align.scoring.scorers.prompt import QWEN3_PREFIX, QWEN3_SUFFIX, HubTokenizer, PromptBuilder, Template

QWEN3_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN3_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]


def write_qwen3_tokenizer(folder: Path, corpus: Iterable[str]) -> None:
    """A byte-level BPE that cuts text as Qwen3's does, with "yes" and "no" as tokens of their own."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(QWEN3_SPLIT), behavior="isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([*corpus, QWEN3_PREFIX, *["yes\nno"] * 50], trainer)
    tokenizer.add_special_tokens([AddedToken(name, normalized=False) for name in QWEN3_SPECIAL])
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>", padding_side="left"
    )
    wrapped.save_pretrained(folder)


def write_qwen3(folder: Path, corpus: Iterable[str], seed: int = 0) -> None:
    """A Qwen3-Reranker checkpoint as published, a causal language model, with random weights."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    _write_language_model(folder, corpus, seed, Qwen3Config, Qwen3ForCausalLM, head_dim=64)


def write_qwen2(folder: Path, corpus: Iterable[str], seed: int = 0) -> None:
    """A language model of the Qwen2 family with random weights."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    _write_language_model(folder, corpus, seed, Qwen2Config, Qwen2ForCausalLM)


def _write_language_model(folder: Path, corpus: Iterable[str], seed: int, config: Any, model: Any, **more: int) -> None:
    import torch
    from transformers import AutoTokenizer

    write_qwen3_tokenizer(folder, corpus)
    torch.manual_seed(seed)
    sizes = config(
        vocab_size=len(AutoTokenizer.from_pretrained(folder)),
        hidden_size=128 if not more else 64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        initializer_range=0.2,
        **more,
    )
    model(sizes).save_pretrained(folder)


def teach(folder: Path, prompts: list[list[int]], answers: list[bool], steps: int = 60, enough: float = 0.05) -> None:
    """Fit a checkpoint of `write_qwen3` to answer these prompts, in place."""
    import torch
    from transformers import AutoTokenizer, Qwen3ForCausalLM

    model = Qwen3ForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    no_yes = tokenizer.convert_tokens_to_ids(["no", "yes"])
    torch.set_num_threads(1)
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    wanted = torch.tensor(answers, dtype=torch.long)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(steps):
        logits = model(input_ids=ids, attention_mask=mask, logits_to_keep=1).logits[:, -1, no_yes]
        loss = torch.nn.functional.cross_entropy(logits, wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if loss.item() < enough:
            break
    model.save_pretrained(folder)


def write_taught_qwen3(folder: Path, corpus: Iterable[str]) -> Path:
    """A tiny Qwen3-Reranker that has learnt the known pairs, asked with the published template."""
    canaries = load_canaries()
    write_qwen3(folder, [*corpus, *canaries.offers["title"].to_pylist()])
    prompts = PromptBuilder(Template("qwen3"), canaries.offers, HubTokenizer(str(folder))).prompts(canaries.pairs)
    teach(folder, [ids.tolist() for ids in prompts.ids], canaries.match.tolist())
    return folder


def write_sequence_classifier(source: Path, folder: Path) -> None:
    """The same reranker converted: a classifier whose one row is "yes" minus "no"."""
    import torch
    from transformers import AutoTokenizer, Qwen3ForCausalLM, Qwen3ForSequenceClassification

    language_model = Qwen3ForCausalLM.from_pretrained(source, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(source)
    no, yes = tokenizer.convert_tokens_to_ids(["no", "yes"])
    config = language_model.config
    config.num_labels, config.pad_token_id = 1, tokenizer.pad_token_id
    model = Qwen3ForSequenceClassification(config)
    model.model.load_state_dict(language_model.model.state_dict())
    rows = language_model.lm_head.weight.data
    model.score.weight.data = (rows[yes] - rows[no]).unsqueeze(0)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def write_bert(folder: Path, corpus: Iterable[str], seed: int = 0) -> None:
    """A BERT cross-encoder with one output and random weights."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir(parents=True, exist_ok=True)
    pieces = BertWordPieceTokenizer(strip_accents=False)
    pieces.train_from_iterator([*corpus, "a b"], vocab_size=1000, show_progress=False)
    pieces.save_model(str(folder))
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), strip_accents=False).save_pretrained(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=pieces.get_vocab_size(),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_labels=1,
        initializer_range=0.3,
    )
    BertForSequenceClassification(config).save_pretrained(folder)


def yes_no_softmax(folder: Path, instruction: str, pairs: list[tuple[str, str]]) -> list[float]:
    """Scores as the model card computes them: softmax over the logits of "no" and "yes" after the whole template."""
    import torch
    from transformers import AutoTokenizer, Qwen3ForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = Qwen3ForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    no_yes = tokenizer.convert_tokens_to_ids(["no", "yes"])
    prefix, suffix = (tokenizer.encode(text, add_special_tokens=False) for text in (QWEN3_PREFIX, QWEN3_SUFFIX))
    scores = []
    for query, document in pairs:
        text = f"<Instruct>: {instruction}\n<Query>: {query}\n<Document>: {document}"
        ids = prefix + tokenizer.encode(text, add_special_tokens=False) + suffix
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids])).logits[0, -1, no_yes]
        scores.append(float(torch.softmax(logits, dim=0)[1]))
    return scores


def cross_encoder_scores(folder: Path, pairs: list[tuple[str, str]]) -> list[float]:
    """Sigmoid of an encoder's one output for two texts joined by its own tokenizer."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        return [float(torch.sigmoid(model(**tokenizer(*pair, return_tensors="pt")).logits)[0, 0]) for pair in pairs]
