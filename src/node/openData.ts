/**
 * The set of pictures that a run's configuration names.
 */
import { channelCount, imageSize, type RunConfig, taskOf } from "../training/config.ts";
import { builtInName, type OpenedDataset, openBuiltIn, openImageDataset, openPairs } from "./data/index.ts";

export interface OpenDataOptions {
  /** A real path that nothing outside of is read, links neither. */
  readonly below?: string | undefined;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

type DataConfig = Pick<
  RunConfig,
  | ("data" | "within" | "task" | "conditionFrom" | "targetFrom" | "split" | "conditionChannels")
  | ("size" | "channels" | "strict" | "seed")
>;

/**
 * Opens it; pictures of a paired set hold target and condition, target channels first.
 *
 * @throws DeblendError for a path that holds no usable image, or an unknown built-in set
 */
export async function openData(
  config: DataConfig,
  { below, onProgress, signal }: OpenDataOptions = {},
): Promise<OpenedDataset> {
  const { data, within, channels, strict, seed, conditionChannels } = config;
  const options = { size: imageSize(config), channels, within, below, strict, onProgress, signal };
  const builtIn = builtInName(data);
  if (builtIn !== undefined) {
    const paired = taskOf(config).isPaired ? conditionChannels : undefined;
    return openBuiltIn(builtIn, { ...options, seed, conditionChannels: paired });
  }
  if (!taskOf(config).isPaired) return openImageDataset(data, options);
  const { conditionFrom = "", targetFrom = "", split } = config;
  const pairing = split === undefined ? { conditionFrom, targetFrom } : { split };
  return openPairs(data, { ...options, pairing, conditionChannels });
}

/** Channels of the targets in the pictures of `openData`. */
export const targetChannels = (config: Pick<RunConfig, "channels">) => channelCount(config);
