/**
 * The configuration of a diffusers `UNet2DModel`: the keys of its `config.json` are ours too.
 *
 * Keys that change what the network computes are either supported or refused by name; nothing is silently ignored.
 */
import { z } from "zod";
import { DeblendError } from "../../errors.ts";
import { inWords, shown, tellingIssue, valueAt } from "../../schemaWords.ts";

export const DOWN_BLOCKS = ["DownBlock2D", "AttnDownBlock2D"] as const;
export const UP_BLOCKS = ["UpBlock2D", "AttnUpBlock2D"] as const;

const positive = z.int().positive();

/** Defaults as diffusers has them; a value that only one choice is supported for is a literal. */
export const unetConfigSchema = z.strictObject({
  _class_name: z.literal("UNet2DModel").optional(),
  _diffusers_version: z.string().optional(),
  _name_or_path: z.string().optional(),
  sample_size: z
    .union([positive, z.tuple([positive, positive])], {
      error: "expected a side in pixels, or [height, width]",
    })
    .nullable()
    .default(null),
  in_channels: positive.default(3),
  out_channels: positive.default(3),
  center_input_sample: z.boolean().default(false),
  time_embedding_type: z.literal("positional").default("positional"),
  time_embedding_dim: z.null().default(null),
  freq_shift: z.number().default(0),
  flip_sin_to_cos: z.boolean().default(true),
  down_block_types: z.array(z.enum(DOWN_BLOCKS)).min(1),
  mid_block_type: z.literal("UNetMidBlock2D").default("UNetMidBlock2D"),
  up_block_types: z.array(z.enum(UP_BLOCKS)).min(1),
  block_out_channels: z.array(positive).min(1),
  layers_per_block: positive.default(2),
  mid_block_scale_factor: z.number().positive().default(1),
  downsample_padding: z.union([z.literal(0), z.literal(1)]).default(1),
  downsample_type: z.literal("conv").default("conv"),
  upsample_type: z.literal("conv").default("conv"),
  dropout: z.literal(0).default(0),
  act_fn: z.enum(["silu", "swish"]).default("silu"),
  attention_head_dim: positive.nullable().default(8),
  norm_num_groups: positive.default(32),
  attn_norm_num_groups: z.null().default(null),
  norm_eps: z.number().positive().default(1e-5),
  resnet_time_scale_shift: z.literal("default").default("default"),
  add_attention: z.boolean().default(true),
  class_embed_type: z.null().default(null),
  /** Rows of the table that labels are looked up in; the last one stands for "no label". */
  num_class_embeds: positive.nullable().default(null),
  num_train_timesteps: z.number().nullable().default(null),
  /** What the network is for, where it is more than images from noise; diffusers leaves keys with an underscore alone. */
  _deblend: z
    .strictObject({
      /** As on the command line, for instance `superres:4`. */
      task: z.string(),
      /** Names of the classes, in the order of their numbers. */
      classes: z.array(z.string()).min(1).optional(),
      /** Share of the training samples whose label or condition was withheld: above 0, sampling can be guided. */
      labelDropout: z.number().min(0).lt(1).optional(),
    })
    .optional(),
});

/** A checked configuration with every default filled in. */
export type UNetConfig = z.output<typeof unetConfigSchema>;

/** A configuration as a file or a caller gives it: what has a default may be left out. */
export type UNetConfigInput = z.input<typeof unetConfigSchema>;

/** A configuration that is refused; `reason` is for whoever says it in words of their own. */
export class UNetConfigError extends DeblendError {
  readonly reason: string;
  constructor(source: string, reason: string) {
    super(`${source} cannot be used: ${reason}.`);
    this.reason = reason;
  }
}

/**
 * Checks a configuration and fills in the defaults.
 *
 * @throws UNetConfigError (a DeblendError) naming the key, the value found and what is accepted
 */
export function parseUNetConfig(value: unknown, source = "The network's configuration"): UNetConfig {
  const result = unetConfigSchema.safeParse(value, { error: inWords });
  const reason = result.success ? misfit(result.data) : refusal(result.error, value);
  if (!result.success || reason !== undefined) {
    throw new UNetConfigError(source, reason ?? "it is not a configuration");
  }
  return result.data;
}

function refusal(error: z.ZodError, value: unknown): string | undefined {
  const issue = tellingIssue(error);
  if (issue?.code === "unrecognized_keys") {
    return `the key ${issue.keys.join(", ")} is not one that deblend supports`;
  }
  if (issue === undefined || issue.path.length === 0) return issue?.message;
  const found = valueAt(value, issue.path);
  return `${issue.path.join(".")} is ${found === undefined ? "missing" : shown(found)}: ${issue.message}`;
}

/** What a schema of single keys cannot say: how they fit together. Undefined where they do. */
function misfit(config: UNetConfig): string | undefined {
  const { block_out_channels: channels, norm_num_groups: groups, attention_head_dim: head } = config;
  const levels = channels.length;
  for (const key of ["down_block_types", "up_block_types"] as const) {
    if (config[key].length !== levels) {
      return `${key} lists ${config[key].length}, but block_out_channels ${levels}; give one block for each`;
    }
  }
  const ungrouped = channels.find((count) => count % groups !== 0);
  if (ungrouped !== undefined) {
    return `norm_num_groups is ${groups}, which does not divide the ${ungrouped} in block_out_channels`;
  }
  const unheaded = head === null ? undefined : attending(config).find((count) => count % head !== 0);
  if (unheaded !== undefined) {
    return `attention_head_dim is ${head}, which does not divide the ${unheaded} in block_out_channels, where there is attention`;
  }
  const waves = Math.floor((channels[0] ?? 0) / 2);
  if (waves > 0 && config.freq_shift === waves) {
    return `freq_shift is ${config.freq_shift}, half of the first of block_out_channels, so that the frequencies of the embedding of alpha would be divided by 0; give a smaller one, such as 0`;
  }
  const size = sampleSize(config);
  const factor = 2 ** (levels - 1);
  if (size?.some((pixels) => pixels % factor !== 0)) {
    return `sample_size is ${size.join("x")}, but ${levels} levels need both sides to be multiples of ${factor}`;
  }
  return undefined;
}

/** Channels wherever there is attention: in levels whose block has it, and in the middle, after the last level. */
function attending(config: UNetConfig): number[] {
  const down = config.block_out_channels;
  const up = [...down].reverse();
  return [
    ...down.filter((_, level) => config.down_block_types[level]?.startsWith("Attn")),
    ...up.filter((_, level) => config.up_block_types[level]?.startsWith("Attn")),
    ...(config.add_attention ? down.slice(-1) : []),
  ];
}

/** Height and width, where the configuration says them. */
export function sampleSize({ sample_size: size }: Pick<UNetConfig, "sample_size">): [number, number] | null {
  if (size === null) return null;
  return typeof size === "number" ? [size, size] : [...size];
}
