#!/usr/bin/env bash
# The benchmark on a CUDA machine: deblend through WebGPU (Vulkan) against PyTorch eager in float32 and with TF32.
#
#   bench/gpu.sh [--quick] [--only NAME]
#
# Needs Node, npm, an NVIDIA driver with its Vulkan part, the Vulkan loader (Debian: libvulkan1) and a python3 with a
# CUDA build of PyTorch. Results go to bench/results.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "bench/gpu.sh: $1" >&2; exit 1; }
command -v nvidia-smi >/dev/null || fail "there is no nvidia-smi, so no NVIDIA driver: run npm run bench for the CPU."
ldconfig -p | grep -q libvulkan.so.1 || fail "the Vulkan loader is missing: install libvulkan1."
python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' ||
  echo "bench/gpu.sh: python3 has no PyTorch with CUDA; deblend is measured alone or beside errors." >&2

[ -d node_modules ] || npm ci
npm run -s build
# Everything but what a GPU does not change.
if [[ " $* " == *" --only "* ]]; then
  node bench/run.mjs --device webgpu "$@"
else
  node bench/run.mjs --device webgpu --only networks "$@"
  node bench/run.mjs --device webgpu --only scaling "$@"
fi
