/** How cameras are told apart: `front`, or `garage/front` on a device. */

/** A camera's key. */
export function keyOf(
  { device, name }: { readonly device?: string; readonly name: string },
): string {
  return device === undefined ? name : `${device}/${name}`;
}

/** Its page, relative to the base. */
export function pathOf(key: string): string {
  const names = key.split("/").map(encodeURIComponent);
  const camera = names.pop() ?? "";
  const device = names.map((name) => `devices/${name}/`).join("");
  return `${device}cameras/${camera}/`;
}
