/**
 * What another nalgate says of its cameras: asked for, bounded, and read as
 * strictly as if a stranger said it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type Agent, type IncomingMessage, request } from "node:http";
import { z } from "zod";
import { isName, type Name } from "../../config/config.ts";
import { GatewayError } from "../../errors.ts";
import {
  CAMERA_REPORTS_MAX,
  DEVICE_LISTING_SIZE_MAX,
  DEVICE_LISTING_TIMEOUT_MS,
  TITLE_LENGTH_MAX,
} from "../../limits.ts";
import { parseBoundedJson } from "../../janus/json.ts";
import type { CameraReport } from "../../janus/message.ts";

/** A camera as its own nalgate lists it. */
export interface DeviceListedCamera {
  readonly name: Name;
  readonly title: string;
  readonly report: CameraReport;
}

/** The answer to a listing. */
export interface ListingAnswer {
  readonly status: number;
  /** Which nalgate answers. */
  readonly instance: string | undefined;
  readonly body: string;
}

/**
 * Asks `GET api/cameras`, once. Nothing is followed anywhere else: `request`
 * knows no redirects.
 *
 * @throws {GatewayError} `device_offline`, with the `errorCode`.
 */
export async function askListing(
  url: URL,
  { agent, token, signal }: {
    agent: Agent;
    token: string;
    signal: AbortSignal;
  },
): Promise<ListingAnswer> {
  const deadline = AbortSignal.timeout(DEVICE_LISTING_TIMEOUT_MS);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request(url, {
    // The agent dials, and speaks TLS where the URL says so.
    protocol: "http:",
    agent,
    signal: AbortSignal.any([deadline, signal]),
    headers: { authorization: `Bearer ${token}`, accept: "application/json" },
  }, resolve);
  outgoing.once("error", reject);
  outgoing.end();
  try {
    const incoming = await promise;
    const { statusCode = 0, headers } = incoming;
    const instance = headers["nalgate-instance"];
    return {
      status: statusCode,
      instance: typeof instance === "string" ? instance : undefined,
      body: await bounded(incoming),
    };
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    const errorCode = deadline.aborted ? "ETIMEDOUT" : codeOf(cause);
    throw new GatewayError("device_offline", { cause, context: { errorCode } });
  } finally {
    // Late errors of a request that is over say nothing.
    outgoing.on("error", () => {});
  }
}

async function bounded(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > DEVICE_LISTING_SIZE_MAX) {
      incoming.destroy();
      const context = { errorCode: "TOO_LARGE" };
      throw new GatewayError("device_offline", { context });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error
    ? error.code
    : undefined;
  return typeof code === "string" ? code : undefined;
}

const Listed = z.object({
  name: z.custom<Name>((name) => typeof name === "string" && isName(name)),
  title: z.string().max(TITLE_LENGTH_MAX).regex(/^[^\p{C}]+$/u),
  state: z.string().max(64),
  detail: z.string().max(256).optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  fps: z.number().optional(),
  // What it lists of its own devices is not for us: hubs form no chains.
  device: z.undefined().optional(),
});

const Listing = z.object({ cameras: z.array(z.unknown()) });

/** The device's own cameras; `undefined` if it is no list of cameras. */
export function parseListing(
  text: string,
): readonly DeviceListedCamera[] | undefined {
  const json = parseBoundedJson(text);
  const listing = "object" in json ? Listing.safeParse(json.object) : undefined;
  if (!listing?.success) return undefined;
  const cameras = new Map<Name, DeviceListedCamera>();
  for (const each of listing.data.cameras) {
    // One that we cannot take does not cost the others their places.
    const parsed = Listed.safeParse(each);
    if (!parsed.success || cameras.size >= CAMERA_REPORTS_MAX) continue;
    const { name, title, device: _, ...report } = parsed.data;
    if (cameras.has(name)) continue;
    cameras.set(name, {
      name,
      title,
      report: { id: name, ...report } as CameraReport,
    });
  }
  return [...cameras.values()];
}
