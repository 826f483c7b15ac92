/**
 * The audit log: who did what when, from where, to which camera, and how it
 * ended. Lines of the module `audit` in the log, all of the same fields.
 *
 * @module
 */

import type { LogFields, Logger, LogLevel } from "../log.ts";
import type { Credential, Principal } from "./auth/principal.ts";

/**
 * Whom and what an event is about. A request's own variables are one, however
 * far it has come: what is not known yet is left out.
 */
export interface AuditSubject {
  readonly principal?: Pick<Principal, "user"> & {
    readonly credential: Pick<Credential, "kind">;
  };
  readonly client?: { readonly address: string };
  readonly camera?: { readonly key: string };
}

/** Writes it. */
export class Audit {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log.module("audit");
  }

  /**
   * One event. Secrets do not belong into `fields`; the logger hides what
   * sounds like one.
   */
  event(
    event: string,
    subject: AuditSubject,
    fields: LogFields & { readonly level?: LogLevel } = {},
  ): void {
    const { level = "info", ...rest } = fields;
    this.#log.log(level, event, { ...fieldsOf(subject), ...rest });
  }

  /** Who signs in, or tries to; `result` is `ok` or an error's code. */
  login(
    { user, client, result }: {
      readonly user: string;
      readonly client: { readonly address: string };
      readonly result: string;
    },
  ): void {
    const level = result === "ok" ? "info" : "warn";
    this.event("login", { client }, { level, user, result });
  }

  /** Follows one viewer: call it when a picture begins, and when it ends. */
  watch(subject: AuditSubject): (viewing: boolean, end?: string) => void {
    let since: number | undefined;
    return (viewing, end = "left") => {
      if (viewing === (since !== undefined)) return;
      if (since === undefined) {
        since = performance.now();
        return this.event("watch started", subject);
      }
      const durationS = Math.round((performance.now() - since) / 1000);
      since = undefined;
      this.event("watch ended", subject, { durationS, end });
    };
  }
}

function fieldsOf({ principal, client, camera }: AuditSubject): LogFields {
  return {
    user: principal?.user,
    // Not called a credential, which the logger would hide.
    by: principal?.credential.kind,
    ip: client?.address,
    camera: camera?.key,
  };
}
