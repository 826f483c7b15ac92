/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The gateway's JSON API. */

import { REQUEST_MS } from "./bounds.ts";

/** A camera as the list has it. */
export interface ListedCamera {
  readonly name: string;
  /** The device that it is on; none: the server's own. */
  readonly device?: string;
  readonly title: string;
  /** `live`, or why not. */
  readonly state?: string;
}

/** A device as the list has it. */
export interface ListedDevice {
  readonly name: string;
  readonly title: string;
  /** `open`, or why not. */
  readonly state: string;
  readonly detail?: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** What a user may view. */
export interface Listing {
  readonly cameras: readonly ListedCamera[];
  readonly devices: readonly ListedDevice[];
}

/** An answer that is not success. */
export class ApiError extends Error {
  readonly status: number;
  readonly retryAfterS: number;

  constructor(status: number, message: string, retryAfterS: number) {
    super(message);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

/** The cameras that the user may view, and the devices that have them. */
export async function listCameras(): Promise<Listing> {
  const response = await request("api/cameras", { method: "GET" });
  const { cameras, devices = [] } = await response.json() as
    & Pick<Listing, "cameras">
    & Partial<Listing>;
  return { cameras, devices };
}

/** Posts JSON; throws an `ApiError` for any answer but success. */
export async function post(path: string, body: object = {}): Promise<void> {
  await request(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function request(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(new URL(path, document.baseURI), {
    ...init,
    headers: { accept: "application/json", ...init.headers },
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  if (response.ok) return response;
  const { message } = await response.json().catch(() => ({})) as {
    message?: unknown;
  };
  throw new ApiError(
    response.status,
    typeof message === "string" ? message : "",
    Number(response.headers.get("retry-after")) || 0,
  );
}
