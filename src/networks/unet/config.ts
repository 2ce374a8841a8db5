/**
 * The configuration of a diffusers `UNet2DModel`: the keys of its `config.json` are ours too.
 *
 * Keys that change what the network computes are either supported or refused by name; nothing is silently ignored.
 */
import { z } from "zod";
import { DeblendError } from "../../errors.ts";

export const DOWN_BLOCKS = ["DownBlock2D", "AttnDownBlock2D"] as const;
export const UP_BLOCKS = ["UpBlock2D", "AttnUpBlock2D"] as const;

const positive = z.int().positive();

/** Defaults as diffusers has them; a value that only one choice is supported for is a literal. */
export const unetConfigSchema = z.strictObject({
  _class_name: z.literal("UNet2DModel").optional(),
  _diffusers_version: z.string().optional(),
  _name_or_path: z.string().optional(),
  sample_size: z
    .union([positive, z.tuple([positive, positive])])
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
    })
    .optional(),
});

/** A checked configuration with every default filled in. */
export type UNetConfig = z.output<typeof unetConfigSchema>;

/** A configuration as a file or a caller gives it: what has a default may be left out. */
export type UNetConfigInput = z.input<typeof unetConfigSchema>;

/**
 * Checks a configuration and fills in the defaults.
 *
 * @throws DeblendError naming the key, the value found and what is accepted
 */
export function parseUNetConfig(value: unknown, source = "The network's configuration"): UNetConfig {
  const result = unetConfigSchema.safeParse(value);
  if (!result.success)
    throw new DeblendError(`${source} cannot be used: ${firstIssue(result.error, value)}.`);
  const config = result.data;
  checkFit(config, source);
  return config;
}

function firstIssue({ issues: [issue] }: z.ZodError, value: unknown): string {
  if (issue === undefined) return "it is not a configuration";
  if (issue.code === "unrecognized_keys") {
    return `the key ${issue.keys.join(", ")} is not one that deblend supports`;
  }
  const found = issue.path.reduce<unknown>(
    (inner, step) => (inner as Record<PropertyKey, unknown> | undefined)?.[step],
    value,
  );
  const at =
    issue.path.length > 0 ? `${issue.path.join(".")} is ${JSON.stringify(found) ?? "missing"}: ` : "";
  return `${at}${issue.message}`;
}

/** What a schema of single keys cannot say: how they fit together. */
function checkFit(config: UNetConfig, source: string): void {
  const levels = config.block_out_channels.length;
  for (const key of ["down_block_types", "up_block_types"] as const) {
    if (config[key].length !== levels) {
      throw new DeblendError(
        `${source} cannot be used: ${key} lists ${config[key].length} blocks, but block_out_channels has ${levels} entries; give one for each.`,
      );
    }
  }
  for (const channels of config.block_out_channels) {
    if (channels % config.norm_num_groups !== 0) {
      throw new DeblendError(
        `${source} cannot be used: norm_num_groups is ${config.norm_num_groups}, which does not divide the ${channels} in block_out_channels.`,
      );
    }
    const head = config.attention_head_dim;
    const attends =
      config.add_attention ||
      [...config.down_block_types, ...config.up_block_types].some((b) => b.startsWith("Attn"));
    if (attends && head !== null && channels % head !== 0) {
      throw new DeblendError(
        `${source} cannot be used: attention_head_dim is ${head}, which does not divide the ${channels} in block_out_channels.`,
      );
    }
  }
  const size = sampleSize(config);
  const factor = 2 ** (levels - 1);
  if (size?.some((pixels) => pixels % factor !== 0)) {
    throw new DeblendError(
      `${source} cannot be used: sample_size is ${size.join("x")}, but ${levels} levels need both sides to be multiples of ${factor}.`,
    );
  }
}

/** Height and width, where the configuration says them. */
export function sampleSize({ sample_size: size }: Pick<UNetConfig, "sample_size">): [number, number] | null {
  if (size === null) return null;
  return typeof size === "number" ? [size, size] : [...size];
}
