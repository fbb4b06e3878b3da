"""Gradient steps of CPC v2 in PyTorch on one thread: cpc_step.py.

One step, as freeroam's objective does it on a batch: the patches of all frames through three convolutions, a context of
masked convolutions in each of four directions, predictions two to four rows ahead among the patches of the frame and
drawn ones of others, clipped gradients, AdamW. Patches are not changed. No reads of scalars inside a step.
"""

import torch
from torch import nn
from torch.nn import functional as F

from windows import serve

FRAMES, EDGE, GRID = 16, 64, 7
SIDE, CELLS = EDGE // 4, GRID * GRID
WIDTH, DIM, HIDDEN, BLOCKS, OTHERS = 16, 64, 32, 5, 79
AHEAD, RATE, DECAY, CLIP = (2, 3, 4), 1e-3, 0.01, 1.0


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        layers, inputs = [], 3
        for outputs, stride in ((WIDTH, 2), (2 * WIDTH, 2), (4 * WIDTH, 1)):
            layers += [nn.Conv2d(inputs, outputs, 3, stride, 1), nn.GroupNorm(1, outputs), nn.ReLU()]
            inputs = outputs
        self.convolutions = nn.Sequential(*layers)
        self.head = nn.Linear(inputs, DIM)

    def forward(self, frames):
        """`[B, 3, edge, edge]` to `[B, dim, 7, 7]`."""
        patches = frames.unfold(2, SIDE, SIDE // 2).unfold(3, SIDE, SIDE // 2)
        patches = patches.permute(0, 2, 3, 1, 4, 5).reshape(-1, 3, SIDE, SIDE)
        features = self.head(self.convolutions(patches * 2 - 1).mean((2, 3)))
        return features.reshape(-1, GRID, GRID, DIM).permute(0, 3, 1, 2)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.narrow = nn.Conv2d(DIM, HIDDEN, 1)
        self.across = nn.Conv2d(HIDDEN, HIDDEN, (1, 3), padding=(0, 1))
        self.down = nn.Conv2d(HIDDEN, HIDDEN, (2, 1))
        self.wide = nn.Conv2d(HIDDEN, DIM, 1)

    def forward(self, grid):
        hidden = self.across(F.relu(self.narrow(grid)))
        return grid + self.wide(F.relu(self.down(F.pad(hidden, (0, 0, 1, 0)))))


class Context(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
        self.predictors = nn.ModuleList(nn.Linear(DIM, DIM) for _ in AHEAD)

    def loss(self, grid, drawn):
        frames = len(grid)
        targets = grid.permute(0, 2, 3, 1).reshape(frames, CELLS, DIM)
        pool = targets.reshape(-1, DIM)[drawn]
        foreign = drawn[None] // CELLS != torch.arange(frames)[:, None]
        seen = F.relu(self.blocks(grid)).permute(0, 2, 3, 1).reshape(frames, CELLS, DIM)
        losses = []
        for ahead, predictor in zip(AHEAD, self.predictors, strict=True):
            cells = (GRID - ahead) * GRID
            prediction = predictor(seen[:, :cells]) / DIM**0.5
            others = (prediction @ pool.T).masked_fill(~foreign[:, None], -1e9)
            logits = torch.cat([prediction @ targets.transpose(1, 2), others], 2)
            right = torch.arange(cells) + ahead * GRID
            losses.append(F.cross_entropy(logits.flatten(0, 1), right.repeat(frames)))
        return torch.stack(losses).mean()


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net = nn.ModuleDict({"encoder": Encoder(), "contexts": nn.ModuleList(Context() for _ in range(4))})
    adam = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY, fused=True)
    frames = torch.rand(FRAMES, 3, EDGE, EDGE)

    def step():
        grid = net["encoder"](frames)
        across = grid.transpose(2, 3)
        turned = (grid, grid.flip(2), across, across.flip(2))
        drawn = torch.randint(0, FRAMES * CELLS, (OTHERS,))
        loss = sum(context.loss(each, drawn) for context, each in zip(net["contexts"], turned, strict=True)) / 4
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), CLIP)
        adam.step()
        return 1

    serve("torch:cpc", "gradient steps", {"torch": torch.__version__}, step)


main()
