"""Times training steps and forward passes in PyTorch as `deblend bench` does, and prints one JSON line.

The same work: blend, network, mean squared error, gradients, clipping, Adam, moving average; eager mode, as PyTorch is
used by default. Images are made up outside the timed part.
"""
import argparse
import json
import resource
import statistics
import time

import torch
from unet import UNet

parser = argparse.ArgumentParser()
parser.add_argument("config")
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--size", type=int, default=32)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--repeats", type=int, default=5)
parser.add_argument("--warmup", type=int, default=2)
parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
parser.add_argument("--tf32", action="store_true", help="let CUDA round the factors of products to 10 bits")
options = parser.parse_args()

torch.set_num_threads(options.threads)
torch.manual_seed(0)
torch.backends.cuda.matmul.allow_tf32 = options.tf32
torch.backends.cudnn.allow_tf32 = options.tf32
device = torch.device(options.device)

with open(options.config) as file:
    config = json.load(file)
network = UNet(config).to(device)
parameters = list(network.parameters())
average = [parameter.detach().clone() for parameter in parameters]
optimiser = torch.optim.Adam(parameters, lr=1e-4)
shape = (options.batch, config["in_channels"], options.size, options.size)
x0, x1 = torch.randn(shape, device=device), torch.randn(shape, device=device)
alpha = torch.rand(options.batch, device=device)


def train():
    blend = x0 + alpha[:, None, None, None] * (x1 - x0)
    loss = ((network(blend, alpha) - (x1 - x0)) ** 2).mean()
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimiser.step()
    with torch.no_grad():
        torch._foreach_mul_(average, 0.999)
        torch._foreach_add_(average, parameters, alpha=0.001)
    loss.item()


def forward():
    with torch.no_grad():
        # One alpha for the whole batch, as in sampling; the result is wanted in ordinary memory.
        network(x0, alpha[:1]).cpu()


def median_ms(action):
    times = []
    for i in range(-options.warmup, options.repeats):
        if options.device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        action()
        if options.device == "cuda":
            torch.cuda.synchronize()
        if i >= 0:
            times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


train_ms = median_ms(train)
# Linux counts in KiB. Taken before the forward pass, as `deblend bench` does.
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
report = {
    "trainStepMs": train_ms,
    "forwardMs": median_ms(forward),
    "peakRssMb": peak,
    "imagesPerSecond": 1000 * options.batch / train_ms,
    "parameters": sum(parameter.numel() for parameter in parameters),
    "device": torch.cuda.get_device_name() if options.device == "cuda" else f"CPU ({options.threads} threads)",
}
if options.device == "cuda":
    report["peakDeviceMb"] = torch.cuda.max_memory_allocated() / 2**20
print(json.dumps(report))
