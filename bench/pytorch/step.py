"""Times training steps and forward passes in PyTorch: CONFIG.json BATCH SIZE COUNT, a JSON line of milliseconds."""
import json
import resource
import sys
import time

import torch
from unet import UNet

path, batch, size, count = sys.argv[1], *map(int, sys.argv[2:5])
torch.set_num_threads(2)
torch.manual_seed(0)
config = json.load(open(path))
network = UNet(config)
optimiser = torch.optim.AdamW(network.parameters(), lr=1e-4)
shape = (batch, config["in_channels"], size, size)
train, forward = [], []
for _ in range(count):
    x0, x1 = torch.randn(shape), torch.randn(shape)
    alpha = torch.rand(batch)
    start = time.perf_counter()
    blend = x0 + alpha[:, None, None, None] * (x1 - x0)
    loss = ((network(blend, alpha) - (x1 - x0)) ** 2).mean()
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    loss.item()
    train.append(1000 * (time.perf_counter() - start))
with torch.no_grad():
    for _ in range(count):
        start = time.perf_counter()
        network(x0, alpha)
        forward.append(1000 * (time.perf_counter() - start))
parameters = sum(p.numel() for p in network.parameters())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"parameters": parameters, "train": train, "forward": forward, "peakRssMb": peak}))
