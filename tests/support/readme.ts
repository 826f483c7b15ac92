/**
 * README.md's own examples, for tests that run them as they stand there.
 *
 * @module
 */

const README = await Deno.readTextFile(
  new URL("../../README.md", import.meta.url),
);

/** The text of the first fenced block of a language below a heading. */
export function readmeBlock(heading: string, language: string): string {
  const [, section] = README.split(`\n## ${heading}\n`);
  const [text] = (section ?? "").split("\n## ");
  const block = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(text ?? "");
  if (block?.[1] === undefined) {
    throw new Error(`README.md has no ${language} below "${heading}"`);
  }
  return block[1];
}

/** A text with other addresses and paths; each must be there just once. */
export function adapted(
  text: string,
  replacements: Readonly<Record<string, string>>,
): string {
  return Object.entries(replacements).reduce((done, [from, to]) => {
    const parts = done.split(from);
    if (parts.length !== 2) {
      throw new Error(`README.md has ${from} ${parts.length - 1} times`);
    }
    return parts.join(to);
  }, text);
}
