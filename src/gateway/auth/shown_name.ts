/**
 * Names that others give their users: shown, logged, and nothing else.
 *
 * @module
 */

import { SHOWN_NAME_LENGTH_MAX } from "../../limits.ts";

/** Whether a text may be shown as a name: short, and all of it visible. */
export function isShownName(text: string): boolean {
  return text.length <= SHOWN_NAME_LENGTH_MAX && /^[^\p{C}]+$/u.test(text);
}

/** What of a text may be shown as a name. */
export function shownName(text: string): string {
  const visible = text.replace(/\p{C}/gu, "").slice(0, SHOWN_NAME_LENGTH_MAX)
    // Half of a surrogate pair, if the cut went through one.
    .replace(/\p{C}$/u, "");
  return visible === "" ? "(unnamed)" : visible;
}
