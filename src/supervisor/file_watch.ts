/**
 * Tells when a file has changed, however that was done: written in place,
 * replaced by a rename, a link that leads elsewhere now.
 *
 * Looking at it now and then serves them all; the kernel's notifications do
 * not follow links, nor reach over network file systems.
 *
 * @module
 */

import { CONFIG_POLL_INTERVAL_MS } from "../limits.ts";

/**
 * Calls back when the file has changed and rests again. The first call tells
 * of how it is found: it may have changed since somebody has read it.
 */
export function watchFile(path: string, onChange: () => void): Disposable {
  let told = "";
  let seen = "";
  const timer = setInterval(() => {
    const now = versionOf(path);
    // One that is still being written, or replaced, is looked at later.
    const rests = now === seen;
    seen = now;
    if (!rests || now === told) return;
    told = now;
    onChange();
  }, CONFIG_POLL_INTERVAL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function versionOf(path: string): string {
  try {
    const { dev, ino, mtime, ctime, size } = Deno.statSync(path);
    return [dev, ino, mtime?.getTime(), ctime?.getTime(), size].join(" ");
  } catch (error) {
    return error instanceof Error ? error.name : "none";
  }
}
