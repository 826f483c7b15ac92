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
  /** The error's name, where the server is nalgate. */
  readonly code: string;
  readonly retryAfterS: number;

  constructor(
    status: number,
    { code, message, retryAfterS }: {
      code: string;
      message: string;
      retryAfterS: number;
    },
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

/** The cameras that the user may view, and the devices that have them. */
export async function listCameras(): Promise<Listing> {
  const { cameras, devices = [] } = await api("api/cameras", {
    method: "GET",
  }) as Pick<Listing, "cameras"> & Partial<Listing>;
  return { cameras, devices };
}

/** Posts JSON and gives the answer's; throws as {@linkcode api} does. */
export function post(path: string, body: object = {}): Promise<unknown> {
  return api(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/**
 * The JSON of an answer, if it has any; throws an `ApiError` for any answer
 * but success.
 */
export async function api(path: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(new URL(path, document.baseURI), {
    ...init,
    headers: { accept: "application/json", ...init.headers },
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  if (response.status === 204) return undefined;
  if (response.ok) return await response.json();
  const { error, message } = await response.json().catch(() => ({})) as {
    error?: unknown;
    message?: unknown;
  };
  throw new ApiError(response.status, {
    code: typeof error === "string" ? error : "",
    message: typeof message === "string" ? message : "",
    retryAfterS: Number(response.headers.get("retry-after")) || 0,
  });
}
