/**
 * ICE candidates from a client: parsed, judged, rebuilt (RFC 8839 section 5.1).
 *
 * A candidate that does not please is dropped, not answered with an error: a
 * browser offers whatever it has, and one usable candidate is enough.
 *
 * @module
 */

import { isIP } from "node:net";
import type { Candidate } from "../../janus/message.ts";
import { type AddressPolicy, isAllowedAddress } from "./address.ts";

const TYPES: ReadonlySet<string> = new Set(["host", "srflx", "prflx", "relay"]);

/** Extension attributes that an ICE agent uses; the rest stays behind. */
const EXTENSIONS: Readonly<Record<string, RegExp>> = {
  generation: /^\d{1,5}$/,
  ufrag: /^[A-Za-z0-9+/]{4,256}$/,
};

const LINE = new RegExp(
  "^(?:a=)?candidate:(?<foundation>[A-Za-z0-9+/]{1,32}) " +
    "(?<component>[12]) (?<transport>[Uu][Dd][Pp]) " +
    "(?<priority>\\d{1,10}) (?<address>[0-9A-Za-z.:-]{1,64}) " +
    "(?<port>\\d{1,5}) typ (?<type>[a-z]{1,8})(?<rest>(?: [!-~]+)*)$",
);

/**
 * The candidate as it may travel on, or `undefined`.
 *
 * UDP only: neither Janus nor the engine takes ICE-TCP, and a server that
 * connects where a stranger tells it to is a port scanner.
 */
export function filterCandidate(
  line: string,
  policy: AddressPolicy,
): string | undefined {
  const found = LINE.exec(line)?.groups;
  if (found === undefined) return undefined;
  const { foundation, component, priority, address, port, type, rest } = found;
  if (!TYPES.has(type ?? "") || !isPort(port ?? "")) return undefined;
  if (Number(priority) > 0xffff_ffff) return undefined;
  if (!isAllowedAddress(address ?? "", policy)) return undefined;
  const extensions = filterExtensions((rest ?? "").split(" ").slice(1));
  if (extensions === undefined) return undefined;
  const head =
    `candidate:${foundation} ${component} udp ${priority} ${address} ` +
    `${port} typ ${type}`;
  return [head, ...extensions].join(" ");
}

/** The candidates of one `trickle` that may travel on, and how many may. */
export function filterTrickle(
  candidates: readonly Candidate[],
  { policy, countMax }: { policy: AddressPolicy; countMax: number },
): Candidate[] {
  const kept: Candidate[] = [];
  let room = countMax;
  for (const one of candidates) {
    if ("completed" in one) {
      kept.push({ completed: true });
      continue;
    }
    const candidate = filterCandidate(one.candidate, policy);
    if (candidate === undefined || room-- <= 0) continue;
    kept.push({ ...one, candidate });
  }
  return kept;
}

/** Name and value pairs that are known; `undefined` if they do not pair. */
function filterExtensions(words: readonly string[]): string[] | undefined {
  if (words.length % 2 !== 0) return undefined;
  const kept: string[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const [name = "", value = ""] = words.slice(i, i + 2);
    if (isKnown(name, value)) kept.push(`${name} ${value}`);
  }
  return kept;
}

function isKnown(name: string, value: string): boolean {
  // The related address is only for diagnosis; nobody sends packets there.
  if (name === "raddr") return isIP(value) !== 0;
  if (name === "rport") return value === "0" || isPort(value);
  return Object.hasOwn(EXTENSIONS, name) &&
    (EXTENSIONS[name]?.test(value) ?? false);
}

function isPort(text: string): boolean {
  const port = Number(text);
  return port >= 1 && port <= 65535;
}
