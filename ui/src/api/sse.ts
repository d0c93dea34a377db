// Server-sent events, read by hand: the browser's own EventSource hides comments, and a line that is silent for too
// long could then not be told from one that is dead.

export type Message = { event: string; id: string; data: string };

/** Turns chunks of text into messages. A comment yields nothing, but the caller sees that a chunk came. */
export function parser(): (chunk: string) => Message[] {
  let rest = "";
  let event = "";
  let id = "";
  let data: string[] = [];
  return (chunk) => {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    const messages: Message[] = [];
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) messages.push({ event: event || "message", id, data: data.join("\n") });
        event = "";
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") event = value;
      else if (field === "data") data.push(value);
      else if (field === "id" && !value.includes("\0")) id = value;
    }
    return messages;
  };
}
