/** Sizes measured by studio/build/sizes.ts. */
declare module "sizes:fetched" {
  const sizes: import("../build/sizes.ts").Sizes;
  export default sizes;
}
