/**
 * The files of a zip, read where they lie: yauzl reads the list at the end, each file is then one positioned read.
 *
 * Nothing is unpacked to the disk; the checksum of every file that is read is verified.
 */
import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { crc32, inflateRaw, inflateRawSync } from "node:zlib";
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import { DeblendError, messageOf } from "../../errors.ts";
import { fileError } from "../files.ts";
import { type FileSource, fingerprintOf, isHidden, LARGEST_FILE, READ_AT_ONCE } from "./source.ts";

const LOCAL_HEADER_BYTES = 30;
/** Local headers may have an extra field of another length than the list says; this much is read along. */
const SPARE = 256;
const STORED = 0;
const DEFLATED = 8;

const inflate = promisify(inflateRaw);

/** How much of the list is read at a time. */
const WINDOW = 2 ** 20;

/** @throws DeblendError for a file that is no zip, is encrypted or has names that lead out of it */
export async function zipSource(path: string): Promise<FileSource> {
  const handle = await open(path, "r").catch((thrown: unknown) => {
    throw fileError("read", path, thrown);
  });
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      throw thrown instanceof DeblendError ? thrown : notReadable(path, messageOf(thrown));
    }
  };
  try {
    const { size, mtimeMs } = await handle.stat();
    const reader = new WindowReader(handle.fd);
    const zip = await guarded(() =>
      fromRandomAccessReaderPromise(reader, size, { lazyEntries: true, autoClose: false }),
    );
    const list = createHash("sha256");
    for (let at = Number(zip.readEntryCursor); at < size; at += WINDOW) {
      list.update(await readAt(handle, Math.min(WINDOW, size - at), at));
    }
    // The list of a zip is long: it is read once, and not at all where the images are in the cache.
    let entries: Map<string, Entry> | undefined;
    const listed = async () => {
      entries ??= await guarded(() => listEntries(path, zip));
      return entries;
    };
    return {
      list: async () => [...(await listed()).keys()].sort(),
      fingerprint: fingerprintOf([`${size} ${mtimeMs} ${list.digest("hex")}`]),
      read: async (name, largest = LARGEST_FILE) => {
        const entry = (await listed()).get(name);
        if (entry === undefined) throw new Error(`there is no ${name} in the zip`);
        return readEntry(handle, entry, { fileSize: size, largest });
      },
      close: () => handle.close(),
    };
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

/** Serves yauzl's many small reads from one large one: 70,000 entries in 0.3 s instead of 6. */
class WindowReader extends RandomAccessReader {
  readonly #descriptor: number;
  #window = Buffer.alloc(0);
  #start = 0;

  constructor(descriptor: number) {
    super();
    this.#descriptor = descriptor;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    try {
      if (position < this.#start || position + length > this.#start + this.#window.length) {
        const window = Buffer.alloc(Math.max(WINDOW, length));
        this.#window = window.subarray(0, readSync(this.#descriptor, window, 0, window.length, position));
        this.#start = position;
      }
      const copied = this.#window.copy(
        buffer,
        offset,
        position - this.#start,
        position - this.#start + length,
      );
      const error = copied < length ? new Error("the file ends too early") : null;
      process.nextTick(callback, error);
    } catch (thrown) {
      process.nextTick(callback, thrown instanceof Error ? thrown : new Error(messageOf(thrown)));
    }
  }
}

async function listEntries(path: string, zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith("/") || isHidden(entry.fileName)) continue;
    if (entry.isEncrypted()) {
      throw new DeblendError(
        `The zip ${path} is encrypted (${entry.fileName}): unpack it with its password and give the folder.`,
      );
    }
    entries.set(entry.fileName, entry);
  }
  return entries;
}

function notReadable(path: string, message: string): DeblendError {
  const name = /^(?:absolute path|invalid relative path|invalid characters in fileName): (.*)$/.exec(
    message,
  )?.[1];
  if (name !== undefined) {
    return new DeblendError(
      `The zip ${path} holds a file whose name leads out of it ("${name}"), so it is not trusted: pack the images again.`,
    );
  }
  return new DeblendError(
    `${path} is not a zip file that can be read (${message.split(". ")[0]}): it may be cut short, pack or download it again.`,
  );
}

async function readEntry(
  handle: FileHandle,
  entry: Entry,
  { fileSize, largest }: { readonly fileSize: number; readonly largest: number },
): Promise<Buffer> {
  const { compressionMethod, compressedSize, uncompressedSize, relativeOffsetOfLocalHeader } = entry;
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
    throw new Error(
      `its compression method ${compressionMethod} is not supported, pack the zip with deflate`,
    );
  }
  if (Math.max(compressedSize, uncompressedSize) > largest) {
    throw new Error(`it unpacks to ${uncompressedSize} bytes, more than the limit of ${largest}`);
  }
  // Before memory is claimed for it.
  if (relativeOffsetOfLocalHeader + compressedSize > fileSize) throw new Error("the zip ends inside it");
  const guess = LOCAL_HEADER_BYTES + entry.fileNameLength + SPARE + compressedSize;
  const chunk = await readAt(handle, guess, relativeOffsetOfLocalHeader);
  if (chunk.length < LOCAL_HEADER_BYTES || chunk.readUInt32LE(0) !== 0x04034b50) {
    throw new Error("it is not where the zip's list says");
  }
  const start = LOCAL_HEADER_BYTES + chunk.readUInt16LE(26) + chunk.readUInt16LE(28);
  const data =
    start + compressedSize <= chunk.length
      ? chunk.subarray(start, start + compressedSize)
      : await readAt(handle, compressedSize, relativeOffsetOfLocalHeader + start);
  if (data.length < compressedSize) throw new Error("the zip ends inside it");
  const content = compressionMethod === STORED ? data : await unpack(data, uncompressedSize);
  if (content.length !== uncompressedSize || crc32(content) !== entry.crc32) {
    throw new Error("it is damaged, its checksum is not the one in the zip's list");
  }
  return content;
}

async function unpack(data: Buffer, size: number): Promise<Buffer> {
  // One byte more than claimed is allowed to come, so that a longer content shows.
  const options = { maxOutputLength: size + 1 };
  try {
    return size <= READ_AT_ONCE ? inflateRawSync(data, options) : await inflate(data, options);
  } catch (thrown) {
    throw new Error(`it is damaged and does not unpack (${messageOf(thrown)})`);
  }
}

async function readAt(handle: FileHandle, bytes: number, position: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes);
  const read =
    bytes <= READ_AT_ONCE
      ? readSync(handle.fd, buffer, 0, bytes, position)
      : (await handle.read(buffer, 0, bytes, position)).bytesRead;
  return buffer.subarray(0, read);
}
