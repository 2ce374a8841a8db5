"""The network of a diffusers `UNet2DModel` configuration in plain PyTorch, for timing against deblend.

Written from the configuration's meaning; parameter names are not those of diffusers. Used by `step.py`.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F


class Resnet(nn.Module):
    def __init__(self, inputs, outputs, hidden, groups, eps):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, inputs, eps)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time = nn.Linear(hidden, outputs)
        self.norm2 = nn.GroupNorm(groups, outputs, eps)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x, time):
        h = self.conv1(F.silu(self.norm1(x))) + self.time(F.silu(time))[:, :, None, None]
        return self.skip(x) + self.conv2(F.silu(self.norm2(h)))


class Attention(nn.Module):
    def __init__(self, channels, head, groups, eps):
        super().__init__()
        self.heads = 1 if head is None else channels // head
        self.norm = nn.GroupNorm(groups, channels, eps)
        self.query, self.key, self.value, self.out = (nn.Linear(channels, channels) for _ in range(4))

    def forward(self, x):
        n, c, h, w = x.shape
        tokens = self.norm(x).view(n, c, h * w).transpose(1, 2)
        split = lambda layer: layer(tokens).view(n, h * w, self.heads, -1).transpose(1, 2)
        q, k, v = split(self.query), split(self.key), split(self.value)
        scores = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), -1)
        mixed = (scores @ v).transpose(1, 2).reshape(n, h * w, c)
        return x + self.out(mixed).transpose(1, 2).reshape(n, c, h, w)


class UNet(nn.Module):
    def __init__(self, config):
        super().__init__()
        channels = config["block_out_channels"]
        layers = config["layers_per_block"]
        groups, eps = config["norm_num_groups"], config.get("norm_eps", 1e-5)
        head = config.get("attention_head_dim", 8)
        hidden = 4 * channels[0]
        self.first = channels[0]
        resnet = lambda i, o: Resnet(i, o, hidden, groups, eps)
        attention = lambda kind, c: Attention(c, head, groups, eps) if kind.startswith("Attn") else nn.Identity()
        self.conv_in = nn.Conv2d(config["in_channels"], channels[0], 3, padding=1)
        self.time = nn.Sequential(nn.Linear(channels[0], hidden), nn.SiLU(), nn.Linear(hidden, hidden))
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        skips, current = [channels[0]], channels[0]
        for level, (kind, out) in enumerate(zip(config["down_block_types"], channels)):
            block = nn.ModuleDict({"layers": nn.ModuleList()})
            for _ in range(layers):
                block["layers"].append(nn.ModuleList([resnet(current, out), attention(kind, out)]))
                current = out
                skips.append(out)
            if level < len(channels) - 1:
                block["resample"] = nn.Conv2d(out, out, 3, stride=2, padding=1)
                skips.append(out)
            self.down.append(block)
        self.mid = nn.ModuleList([resnet(current, current), resnet(current, current)])
        self.mid_attention = Attention(current, head, groups, eps) if config.get("add_attention", True) else nn.Identity()
        for level, (kind, out) in enumerate(zip(config["up_block_types"], reversed(channels))):
            block = nn.ModuleDict({"layers": nn.ModuleList()})
            for _ in range(layers + 1):
                block["layers"].append(nn.ModuleList([resnet(current + skips.pop(), out), attention(kind, out)]))
                current = out
            if level < len(channels) - 1:
                block["resample"] = nn.Conv2d(out, out, 3, padding=1)
            self.up.append(block)
        self.norm = nn.GroupNorm(groups, channels[0], eps)
        self.conv_out = nn.Conv2d(channels[0], config["out_channels"], 3, padding=1)

    def forward(self, x, alpha):
        half = self.first // 2
        frequencies = torch.exp(-math.log(10_000) * torch.arange(half, device=x.device) / half)
        angle = alpha[:, None] * frequencies
        time = self.time(torch.cat([angle.cos(), angle.sin()], 1))
        h = self.conv_in(x)
        skips = [h]
        for block in self.down:
            for resnet, attention in block["layers"]:
                h = attention(resnet(h, time))
                skips.append(h)
            if "resample" in block:
                h = block["resample"](h)
                skips.append(h)
        h = self.mid[1](self.mid_attention(self.mid[0](h, time)), time)
        for block in self.up:
            for resnet, attention in block["layers"]:
                h = attention(resnet(torch.cat([h, skips.pop()], 1), time))
            if "resample" in block:
                h = block["resample"](F.interpolate(h, scale_factor=2.0, mode="nearest"))
        return self.conv_out(F.silu(self.norm(h)))
