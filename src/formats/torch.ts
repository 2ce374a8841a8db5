/**
 * PyTorch's checkpoint files: a zip of one pickle and the numbers of each tensor. Only plain tensors are read.
 */
import { sizeOf } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { readPickle } from "./pickle.ts";
import { decodeTensor, type NamedTensor, WIDTHS } from "./safetensors.ts";

/** The files inside the zip. */
export interface TorchArchive {
  readonly names: readonly string[];
  /** @param largest bytes that the file may have, unpacked */
  read(name: string, largest?: number): Promise<Uint8Array>;
}

const STORAGES: Readonly<Record<string, "F32" | "F16" | "BF16" | "F64" | "I64" | "I32">> = {
  "torch.FloatStorage": "F32",
  "torch.HalfStorage": "F16",
  "torch.BFloat16Storage": "BF16",
  "torch.DoubleStorage": "F64",
  "torch.LongStorage": "I64",
  "torch.IntStorage": "I32",
};

/** Bytes of the largest program that is read: that of a state dict has some hundred for each tensor. */
const LARGEST_PICKLE = 64 * 2 ** 20;
/** Axes of a tensor, in PyTorch. */
const MOST_AXES = 64;
/** How often tensors may use the same numbers: weights are tied in pairs, hardly ever in more. */
const MOST_SHARING = 16;

interface Storage {
  readonly dtype: (typeof STORAGES)[string];
  readonly key: string;
}

interface LazyTensor {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

const isStorage = (value: unknown): value is Storage =>
  typeof value === "object" && value !== null && "dtype" in value && "key" in value;

const isTensor = (value: unknown): value is LazyTensor =>
  typeof value === "object" && value !== null && "storage" in value && "strides" in value;

/**
 * The tensors of a state dict (or of the one dictionary of tensors inside a dictionary), by name, as float32.
 *
 * @throws DeblendError if there is anything but plain tensors in the file
 */
export async function readTorch(archive: TorchArchive, source: string): Promise<Map<string, NamedTensor>> {
  const pickle = archive.names.find((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickle === undefined)
    throw new DeblendError(`${source} is a zip but not a PyTorch file: it has no data.pkl.`);
  const root = pickle.slice(0, -"data.pkl".length);
  const refuse = (why: string) => new DeblendError(`${source} cannot be read as plain tensors: ${why}.`);
  const integers = (value: unknown, what: string): number[] => {
    if (
      !Array.isArray(value) ||
      value.length > MOST_AXES ||
      !value.every((n) => Number.isSafeInteger(n) && n >= 0)
    )
      throw refuse(`${what} of a tensor is damaged`);
    return value as number[];
  };

  const value = readPickle(
    await archive.read(pickle, LARGEST_PICKLE),
    {
      call: (path, args) => {
        if (path === "collections.OrderedDict" && args.length === 0) return new Map();
        if (path === "torch._utils._rebuild_parameter") return args[0];
        if (path === "torch._utils._rebuild_tensor_v2") {
          const [storage, offset, shape, strides] = args;
          if (!isStorage(storage))
            throw refuse("a tensor is made of something that is no storage of numbers");
          return {
            storage,
            offset: integers([offset], "the offset")[0] ?? 0,
            shape: integers(shape, "the shape"),
            strides: integers(strides, "the stride"),
          } satisfies LazyTensor;
        }
        throw refuse(
          `it wants to call ${path}, and only plain tensors are accepted; save a state dict alone (torch.save(model.state_dict(), ...))`,
        );
      },
      persistent: (id) => {
        const [kind, type, key] = Array.isArray(id) ? id : [];
        const path = (type as { path?: unknown } | undefined)?.path;
        const dtype = typeof path === "string" ? STORAGES[path] : undefined;
        if (kind !== "storage" || dtype === undefined || typeof key !== "string") {
          const named = [path, kind].find((word) => typeof word === "string") ?? "something else";
          throw refuse(`it refers to ${named}, which is no storage of numbers`);
        }
        return { dtype, key } satisfies Storage;
      },
    },
    source,
  );

  const names = new Set(archive.names);
  const copied = new Map<string, number>();
  // Tensors that share numbers mostly follow each other; more than one storage is never kept.
  let last: { readonly file: string; readonly numbers: Float32Array } | undefined;
  const tensors = new Map<string, NamedTensor>();
  for (const [name, tensor] of stateDict(value, refuse)) {
    const { key, dtype } = tensor.storage;
    const file = `${root}data/${key}`;
    if (!names.has(file)) throw refuse(`the numbers of ${name} are missing (${file})`);
    if (last?.file !== file) {
      const bytes = await archive.read(file);
      if (bytes.length % WIDTHS[dtype] !== 0) throw refuse(`the numbers of ${name} are cut short (${file})`);
      last = { file, numbers: decodeTensor({ dtype, shape: [], offsets: [0, bytes.length] }, bytes).data };
    }
    const { numbers } = last;
    const taken = (copied.get(file) ?? 0) + sizeOf(tensor.shape);
    // A few bytes could otherwise ask for any amount of memory.
    if (taken > MOST_SHARING * numbers.length)
      throw refuse(`${name} repeats its numbers too often, save it as a contiguous tensor`);
    copied.set(file, taken);
    tensors.set(
      name,
      gather(tensor, numbers, () => refuse(`${name} reaches beyond its numbers`)),
    );
  }
  return tensors;
}

/** The dictionary of tensors: the value itself, or the only one among its entries. */
function stateDict(value: unknown, refuse: (why: string) => DeblendError): [string, LazyTensor][] {
  if (!(value instanceof Map)) throw refuse("it holds no dictionary of tensors");
  const entries = named(value, refuse);
  const tensors = entries.filter((entry): entry is [string, LazyTensor] => isTensor(entry[1]));
  if (tensors.length === entries.length && entries.length > 0) return tensors;
  // A file may name the same dictionary any number of times: each is looked through once.
  const dictionaries = new Set(entries.flatMap(([, item]) => (item instanceof Map ? [item] : [])));
  const inner = [...dictionaries].filter((item) => item.size > 0 && [...item.values()].every(isTensor));
  const [only] = inner;
  if (tensors.length > 0 || inner.length !== 1 || only === undefined) {
    throw refuse("it should be one dictionary of tensors, but holds other things beside tensors");
  }
  return named(only as Map<unknown, LazyTensor>, refuse);
}

function named<T>(dictionary: Map<unknown, T>, refuse: (why: string) => DeblendError): [string, T][] {
  return [...dictionary].map(([name, value]) => {
    if (typeof name !== "string") throw refuse("its dictionary has a key that is no text");
    return [name, value];
  });
}

/** The tensor's numbers in row-major order. */
function gather(
  { offset, shape, strides }: LazyTensor,
  data: Float32Array,
  outside: () => DeblendError,
): NamedTensor {
  const size = sizeOf(shape);
  const last = shape.reduce((sum, n, axis) => sum + (n - 1) * (strides[axis] ?? 0), offset);
  if (size > 0 && last >= data.length) throw outside();
  const contiguous = shape.every(
    (_, axis) => shape[axis] === 1 || strides[axis] === sizeOf(shape.slice(axis + 1)),
  );
  if (contiguous) return { shape, data: data.slice(offset, offset + size) };
  const out = new Float32Array(size);
  const index = shape.map(() => 0);
  for (let i = 0; i < size; i++) {
    out[i] = data[index.reduce((sum, n, axis) => sum + n * (strides[axis] ?? 0), offset)] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
      index[axis] = 0;
    }
  }
  return { shape, data: out };
}
