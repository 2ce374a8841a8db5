/**
 * Files that a person drops, those inside folders included.
 */

/** @param data must be read before the event's handler returns; the folders' content arrives later */
export async function droppedFiles(data: DataTransfer): Promise<File[]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  // What was pasted are files without entries.
  if (entries.length === 0) return [...data.files];
  const found = await Promise.all(entries.map(filesOf));
  return found.flat();
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return [
      await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
    ];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  // A reader gives its entries in portions, and ends with an empty one.
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (portion.length === 0) return files;
    for (const inner of portion) files.push(...(await filesOf(inner)));
  }
}

/** The pictures among files; hidden files and what is beside pictures in a folder are left out. */
export const picturesAmong = (files: readonly File[]): File[] =>
  files.filter(({ type, name }) => type.startsWith("image/") && !name.startsWith("."));
