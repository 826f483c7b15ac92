/**
 * The newest known state of an upstream's cameras, asked for in the
 * background so that no page has to wait for it.
 *
 * @module
 */

import { z } from "zod";
import { CAMERA_REPORTS_MAX } from "../../limits.ts";
import type { JanusClient } from "../../janus/client.ts";
import type { CameraReport, JanusResponse } from "../../janus/message.ts";
import type { JanusHandle, JanusSession } from "../../janus/session.ts";

const Report = z.object({
  id: z.string().max(128),
  state: z.string().max(64),
  detail: z.string().max(256).optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  fps: z.number().optional(),
  "profile_level_id": z.string().max(6).optional(),
  viewers: z.number().optional(),
});

const StatusData = z.object({
  result: z.object({
    status: z.literal("status"),
    cameras: z.array(Report).max(CAMERA_REPORTS_MAX),
  }),
});

/** One plugin of the upstream that some camera uses. */
interface Watched {
  reports: readonly CameraReport[];
  handle: JanusHandle | undefined;
  /** A question is under way, or need not be asked again. */
  busy: boolean;
}

/** Asks for `status` on a session and handles of our own. */
export class CameraReports {
  readonly #plugins = new Map<string, Watched>();
  #session: Promise<JanusSession> | undefined;

  /** What is known of a camera; the first one if `id` is undefined. */
  find(plugin: string, id: string | undefined): CameraReport {
    const { reports } = this.#watched(plugin);
    const report = id === undefined
      ? reports[0]
      : reports.find((report) => report.id === id);
    return report ?? { id: id ?? "", state: "unknown" };
  }

  /** Asks once, for every plugin that anybody has asked about. */
  poll(client: JanusClient): void {
    for (const [plugin, watched] of this.#plugins) {
      if (watched.busy) continue;
      watched.busy = true;
      this.#ask(client, plugin, watched).then(
        (known) => watched.busy = !known,
        // The connection or the plugin failed: the next poll tries afresh.
        () => (watched.busy = false, watched.handle = undefined),
      );
    }
  }

  /** Forgets everything: the connection is gone. */
  reset(): void {
    this.#session = undefined;
    for (const plugin of this.#plugins.keys()) {
      this.#plugins.set(plugin, unasked());
    }
  }

  #watched(plugin: string): Watched {
    let watched = this.#plugins.get(plugin);
    if (watched === undefined) {
      watched = unasked();
      this.#plugins.set(plugin, watched);
    }
    return watched;
  }

  /** False if the plugin does not know the request, and never will. */
  async #ask(
    client: JanusClient,
    plugin: string,
    watched: Watched,
  ): Promise<boolean> {
    watched.handle ??= await (await this.#openSession(client)).attach(plugin);
    const event = await watched.handle.message({ request: "status" });
    return this.#take(watched, event);
  }

  #openSession(client: JanusClient): Promise<JanusSession> {
    return this.#session ??= client.create({
      onEvent: (event) => this.#receive(event),
      onEnd: () => this.#session = undefined,
    }).catch((error) => {
      this.#session = undefined;
      throw error;
    });
  }

  /** A state has changed, and the upstream says so without being asked. */
  #receive(event: JanusResponse): void {
    for (const watched of this.#plugins.values()) {
      if (watched.handle?.id === event.sender) this.#take(watched, event);
    }
  }

  #take(watched: Watched, event: JanusResponse): boolean {
    const status = StatusData.safeParse(event.plugindata?.data);
    if (status.success) {
      watched.reports = status.data.result.cameras as CameraReport[];
    }
    return status.success;
  }
}

function unasked(): Watched {
  return { reports: [], handle: undefined, busy: false };
}
