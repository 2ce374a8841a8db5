/**
 * The model that ships with the page; public/model/README.md says how it was made.
 */
export const SHIPPED = { url: new URL("model/cats-16.onnx", document.baseURI).href, name: "cats-16.onnx" };

/** Where a model comes from: a file of a person's, or the one that ships with the page. */
export type ModelSource = File | typeof SHIPPED;
