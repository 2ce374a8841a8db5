/**
 * Parameter names that older files use, and their newer equals.
 *
 * diffusers up to 0.16 called the four linear layers of an attention block `query`, `key`, `value` and `proj_attn`; later
 * versions write the same tensors as `to_q`, `to_k`, `to_v` and `to_out.0`. Compiled and distributed models carry prefixes.
 */
const ATTENTION = new Map([
  ["query", "to_q"],
  ["key", "to_k"],
  ["value", "to_v"],
  ["proj_attn", "to_out.0"],
]);
const PREFIXES = /^(?:_orig_mod\.|module\.)+/;

/** The newer name of a parameter; a name that is new already stays as it is. */
export function renameAttention(name: string): string {
  return name
    .replace(PREFIXES, "")
    .replace(
      /(\.attentions\.\d+\.)(query|key|value|proj_attn)(\.(?:weight|bias))$/,
      (_, before: string, layer: string, after: string) => `${before}${ATTENTION.get(layer)}${after}`,
    );
}
