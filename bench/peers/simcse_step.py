"""Gradient steps of SimCSE in PyTorch on one thread: simcse_step.py.

One step, as freeroam's objective does it on a batch: two views of each text by dropout in one pass, the contrast of
their start tokens, clipped gradients, AdamW. Written for speed as a PyTorch user would: fused attention and a fused
optimiser, no reads of scalars inside a step.
"""

import torch
from torch import nn
from torch.nn import functional as F

from windows import serve

TEXTS, LENGTH, VOCABULARY = 64, 32, 1000
WIDTH, BLOCKS, HEADS, DROPOUT = 128, 4, 4, 0.1
TEMPERATURE, RATE, DECAY, CLIP = 0.05, 3e-5, 0.05, 1.0


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.Parameter(0.02 * torch.randn(LENGTH, WIDTH))
        block = nn.TransformerEncoderLayer(
            WIDTH, HEADS, 4 * WIDTH, DROPOUT, activation="gelu", batch_first=True, norm_first=True
        )
        norm = nn.LayerNorm(WIDTH)
        self.body = nn.TransformerEncoder(block, BLOCKS, norm=norm, enable_nested_tensor=False)
        self.drop = nn.Dropout(DROPOUT)
        self.head = nn.Linear(WIDTH, WIDTH)

    def forward(self, ids):
        states = self.body(self.drop(self.tokens(ids) + self.positions))
        return F.normalize(self.head(states[:, 0]).tanh(), dim=1)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    reader = Reader()
    adam = torch.optim.AdamW(reader.parameters(), lr=RATE, weight_decay=DECAY, fused=True)
    ids = torch.randint(5, VOCABULARY, (TEXTS, LENGTH))
    own = torch.arange(TEXTS)

    def step():
        one, other = reader(ids.repeat(2, 1)).chunk(2)
        loss = F.cross_entropy(one @ other.T / TEMPERATURE, own)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), CLIP)
        adam.step()
        return 1

    serve("torch:simcse", "gradient steps", {"torch": torch.__version__}, step)


main()
