/**
 * The model that ships with the page; public/model/README.md says how it was made.
 */
export const SHIPPED = { url: new URL("model/cats-16.onnx", document.baseURI).href, name: "cats-16.onnx" };

/** What people are told before anything is fetched. */
export const RUNTIME_MEGABYTES = 27;
