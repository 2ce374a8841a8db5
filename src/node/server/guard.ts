/**
 * Who may ask: every request passes here before anything else looks at it.
 *
 * - Its target is a plain path: no dot segments, backslashes, null bytes or encoded slashes, in which decoders differ.
 * - Its Host is a name of this server. A page elsewhere can point a name of its own at this address (DNS rebinding), but
 *   it cannot make the browser say another name. A literal address cannot be pointed elsewhere.
 * - It does not come from another page: Origin, where there is one, is this server, and so says Sec-Fetch-Site; only
 *   following a link to the page itself is allowed.
 * - It reads (GET, HEAD) or asks for something (POST).
 * - Where the server can be reached from other machines, it carries the token: in the address the first time, which
 *   leaves a cookie, or in an Authorization header.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

export interface GuardOptions {
  /** Names that the server is known by, without ports, in lower case; IPv6 addresses in brackets. */
  readonly names: ReadonlySet<string>;
  /** Whether any literal address is a name of the server. */
  readonly addresses: boolean;
  /** What every request has to know. */
  readonly token?: string | undefined;
  /** The name of the cookie that carries the token. */
  readonly cookie: string;
}

/** What the guard looks at. */
export interface Asked {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** What to answer at once, in the place of what was asked for. */
export interface Answer {
  readonly status: 303 | 400 | 401 | 403 | 405;
  readonly sentence: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const METHODS = ["GET", "HEAD", "POST"];

/** Decides on one request; undefined lets it pass. */
export function guard(asked: Asked, options: GuardOptions): Answer | undefined {
  const { method = "", url = "", headers } = asked;
  const target = plainTarget(url);
  if (target === undefined) return { status: 400, sentence: "The address of the request is malformed." };
  const { host = "", origin } = headers;
  if (!isOurs(host, options)) {
    return {
      status: 403,
      sentence: "This server does not go by that name: open the address that deblend studio printed.",
    };
  }
  if (origin !== undefined && origin !== `http://${host}`) return fromElsewhere;
  if (!comesFromUs(headers, method, target.path)) return fromElsewhere;
  if (!METHODS.includes(method)) {
    return {
      status: 405,
      sentence: `The method ${method} is not served.`,
      headers: { Allow: METHODS.join(", ") },
    };
  }
  return options.token === undefined ? undefined : checkToken(options.token, asked, target, options.cookie);
}

const fromElsewhere: Answer = { status: 403, sentence: "Other pages may not use this server." };

interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** The path and the query, where every reader takes the path to mean the same. */
function plainTarget(url: string): Target | undefined {
  const [path = "", query = ""] = splitOnce(url, "?");
  if (!path.startsWith("/") || path.startsWith("//")) return undefined;
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\\\u0000-\u001f\u007f]/.test(decoded) || /%2f/i.test(path)) return undefined;
  if (decoded.split("/").some((part) => part === "." || part === "..")) return undefined;
  return { path, query: new URLSearchParams(query) };
}

function splitOnce(text: string, at: string): [string, string] {
  const found = text.indexOf(at);
  return found < 0 ? [text, ""] : [text.slice(0, found), text.slice(found + 1)];
}

/** Whether a Host header names this server. The port may be another one: that of a tunnel. */
function isOurs(host: string, { names, addresses }: GuardOptions): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
  if (name === undefined) return false;
  return names.has(name) || (addresses && isIP(name.replace(/^\[|\]$/g, "")) !== 0);
}

/** What a browser says about where a request comes from; other programs say nothing. */
function comesFromUs(headers: IncomingHttpHeaders, method: string, path: string): boolean {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return true;
  const followsLink = headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  return followsLink && method === "GET" && !path.startsWith("/api/");
}

function checkToken(token: string, asked: Asked, target: Target, cookie: string): Answer | undefined {
  const { headers, method = "" } = asked;
  const inAddress = target.query.get("token");
  if (inAddress !== null && method !== "POST") {
    if (!isSame(inAddress, token)) return unknown;
    // The token leaves the address bar, the history and what is copied from them.
    target.query.delete("token");
    const rest = target.query.toString();
    return {
      status: 303,
      sentence: "Welcome.",
      headers: {
        Location: rest === "" ? target.path : `${target.path}?${rest}`,
        "Set-Cookie": `${cookie}=${token}; Path=/; HttpOnly; SameSite=Strict`,
      },
    };
  }
  const bearer = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
  const given = bearer ?? cookieValue(headers.cookie ?? "", cookie);
  return given !== undefined && isSame(given, token) ? undefined : unknown;
}

const unknown: Answer = {
  status: 401,
  sentence: "The token is missing or wrong: open the whole address that deblend studio printed.",
  headers: { "WWW-Authenticate": "Bearer" },
};

function cookieValue(header: string, name: string): string | undefined {
  for (const pair of header.split(";")) {
    const [key, value] = splitOnce(pair.trim(), "=");
    if (key === name) return value;
  }
  return undefined;
}

/** Compared by their hashes, which takes as long for a near miss as for any other. */
function isSame(given: string, expected: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}
