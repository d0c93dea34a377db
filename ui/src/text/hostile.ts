// Text that came from a chain was written by anyone. React escapes its markup; this makes what cannot be seen visible:
// control characters, marks that turn the direction of text, and characters without width.

export type Part = { text: string; unseen: boolean };

const UNSEEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]|[\u{1d173}-\u{1d17a}]/u;

const named: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Characters of a text and how many more there are. */
export function clip(text: string, limit: number): { text: string; more: number } {
  const characters = [...text.toWellFormed()];
  const more = Math.max(0, characters.length - limit);
  return { text: characters.slice(0, limit).join(""), more };
}

/** The text in parts, with every unseen character as a part of its own that says which it is. */
export function parts(text: string): Part[] {
  const found: Part[] = [];
  for (const character of text.toWellFormed()) {
    const unseen = UNSEEN.test(character);
    const last = found.at(-1);
    if (unseen) {
      const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0") ?? "?";
      found.push({ text: named[character] ?? code, unseen });
    } else if (last !== undefined && !last.unseen) {
      last.text += character;
    } else {
      found.push({ text: character, unseen });
    }
  }
  return found;
}
