/** Declarations cut out of the source by studio/build/excerpts.ts. */
declare module "excerpt:*" {
  const excerpt: import("../build/excerpts.ts").Excerpt;
  export default excerpt;
}
