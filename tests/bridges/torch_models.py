"""Six families of real models, tiny and with random weights, and a loss for each."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional


def declare_torchvisions_operators() -> None:
    """Declare what torchvision asks for when it is imported.

    Its compiled operators, which no ResNet uses, load only into the build of torch that they were
    compiled for: not from PyPI's into a build for the CPU alone.
    """
    spec = find_spec("torchvision")
    if hasattr(torch.ops.torchvision, "nms"):  # declared already
        return
    try:
        torch.ops.load_library(Path(spec.origin).with_name("_C.so"))
    except OSError:
        for name, arguments in {
            "nms": "Tensor dets, Tensor scores, float iou_threshold",
            "qnms": "Tensor dets, Tensor scores, float iou_threshold",
        }.items():
            torch.library.define(f"torchvision::{name}", f"({arguments}) -> Tensor")


declare_torchvisions_operators()

import torchvision  # noqa: E402
import transformers  # noqa: E402

TOKENS = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])
TINY = {"vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}


def gpt2():
    config = transformers.GPT2Config(
        vocab_size=11, n_positions=8, n_embd=8, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0
    )
    model = transformers.GPT2LMHeadModel(config)
    return model, lambda: model(input_ids=TOKENS, labels=TOKENS).loss


def bert():
    config = transformers.BertConfig(**TINY, intermediate_size=16, max_position_embeddings=8)
    model = transformers.BertForMaskedLM(config)
    return model, lambda: model(input_ids=TOKENS, labels=TOKENS).loss


def llama():
    config = transformers.LlamaConfig(**TINY, intermediate_size=16, num_key_value_heads=1)
    model = transformers.LlamaForCausalLM(config)
    return model, lambda: model(input_ids=TOKENS, labels=TOKENS).loss


def t5():
    config = transformers.T5Config(
        vocab_size=11,
        d_model=8,
        d_kv=4,
        d_ff=16,
        num_layers=2,
        num_heads=2,
        decoder_start_token_id=0,
    )
    model = transformers.T5ForConditionalGeneration(config)
    return model, lambda: model(input_ids=TOKENS, labels=TOKENS).loss


def vit():
    config = transformers.ViTConfig(
        hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        image_size=8, patch_size=4, num_labels=3,
    )  # fmt: skip
    model = transformers.ViTForImageClassification(config)
    pixels = torch.linspace(-1, 1, 2 * 3 * 8 * 8).reshape(2, 3, 8, 8)
    labels = torch.tensor([0, 2])
    return model, lambda: model(pixel_values=pixels.to(model.dtype), labels=labels).loss


def resnet18():
    model = torchvision.models.resnet18(num_classes=3)
    image = torch.linspace(-1, 1, 2 * 3 * 32 * 32).reshape(2, 3, 32, 32)
    labels = torch.tensor([0, 2])

    def loss():
        return functional.cross_entropy(model(image.to(model.fc.weight.dtype)), labels)

    return model, loss


Program = tuple[nn.Module, Callable[[], torch.Tensor]]
FAMILIES: dict[str, Callable[[], Program]] = {
    each.__name__: each for each in (gpt2, bert, llama, t5, vit, resnet18)
}
