/**
 * Requests as bytes, so that nothing on the way makes a malformed one well-formed.
 */
import { connect } from "node:net";

export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  /** What stands in the request line, as it is. */
  readonly target: string;
  /** The port's own address where it is not given. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends one request to 127.0.0.1 and reads the answer to its end. */
export function ask(port: number, request: RawRequest): Promise<Reply> {
  const { method = "GET", target, host = `127.0.0.1:${port}`, headers = {}, body = "" } = request;
  const length =
    body === "" || "Transfer-Encoding" in headers
      ? {}
      : { "Content-Length": String(Buffer.byteLength(body)) };
  const lines = Object.entries({ Host: host, Connection: "close", ...length, ...headers });
  const head = [`${method} ${target} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(`${head.join("\r\n")}\r\n\r\n${body}`));
    socket.on("data", (chunk) => chunks.push(chunk));
    // A server may answer and hang up before it has read everything.
    socket.on("error", (error) => (chunks.length > 0 ? resolve(parse(chunks)) : reject(error)));
    socket.on("end", () => resolve(parse(chunks)));
  });
}

function parse(chunks: readonly Buffer[]): Reply {
  const text = Buffer.concat(chunks).toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const status = Number(first.split(" ")[1]);
  const body = text.slice(end + 4);
  return { status, headers, body: headers.get("transfer-encoding") === "chunked" ? unchunk(body) : body };
}

function unchunk(body: string): string {
  let [text, at] = ["", 0];
  for (;;) {
    const end = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.slice(at, end), 16);
    if (!(size > 0)) return text;
    text += body.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
