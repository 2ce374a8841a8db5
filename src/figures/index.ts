/**
 * Figures, drawn on a Canvas 2D context.
 */
export { computeMap2d, drawMap2d, type Map2dOptions, type Map2dResult, map2dSize } from "./map2d.ts";
export { colourOf } from "./panel.ts";
export { drawSheet, type Sheet, type SheetContext, sheetSize } from "./sheet.ts";
