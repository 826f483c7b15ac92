/**
 * Prints figures for people.
 *
 * @module
 */

/** A row's name and its figures. */
export type Row = readonly [string, readonly number[]];

/** Prints a table; the first heading is the names'. */
export function table(headings: readonly string[], rows: readonly Row[]): void {
  const cells = [
    headings,
    ...rows.map(([name, figures]) => [name, ...figures.map(format)]),
  ];
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0))
  );
  const text = cells.map(([name = "", ...figures]) =>
    [
      name.padEnd(widths[0] ?? 0),
      ...figures.map((figure, at) => figure.padStart(widths[at + 1] ?? 0)),
    ].join("  ")
  );
  print(text.join("\n"));
}

/** Three digits that matter. */
function format(figure: number): string {
  if (!Number.isFinite(figure)) return "–";
  return Math.abs(figure) >= 100 ? figure.toFixed(0) : figure.toPrecision(3);
}

/** Writes a line to standard output. */
export function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
