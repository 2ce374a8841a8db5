/**
 * Opens a PyTorch file and reads its tensors.
 */
import { open } from "node:fs/promises";
import { DeblendError, messageOf } from "../errors.ts";
import type { NamedTensor } from "../formats/safetensors.ts";
import { readTorch } from "../formats/torch.ts";
import { zipSource } from "./data/zipSource.ts";
import { fileError } from "./files.ts";

/** @throws DeblendError for a file that is no zip, or holds more than plain tensors */
export async function readTorchFile(path: string): Promise<Map<string, NamedTensor>> {
  const file = await open(path, "r").catch((thrown: unknown) => {
    throw fileError("read", path, thrown);
  });
  const magic = new Uint8Array(2);
  await file.read(magic, 0, 2, 0);
  await file.close();
  if (magic[0] !== 0x50 || magic[1] !== 0x4b) {
    throw new DeblendError(
      `${path} is not a PyTorch file of the zip format (PyTorch 1.6 or newer): load it in Python and save its state dict again.`,
    );
  }
  const archive = await zipSource(path);
  try {
    const read = (name: string, largest?: number) =>
      archive.read(name, largest).catch((thrown: unknown) => {
        if (thrown instanceof DeblendError) throw thrown;
        throw new DeblendError(`${path} cannot be read: ${messageOf(thrown)} (${name}).`);
      });
    return await readTorch({ names: await archive.list(), read }, path);
  } finally {
    await archive.close();
  }
}
