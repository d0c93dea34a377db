import { describe, expect, it } from "vitest";
import { parser } from "../api/sse";
import { amount, baseUnits } from "./amount";
import { clip, parts } from "./hostile";
import { ago, span, utc } from "./time";

describe("amounts", () => {
  const cases: [string, number, string, string][] = [
    ["0", 18, "0", "0"],
    ["1", 18, "< 0.0001", "0.000000000000000001"],
    ["1000000000000000000", 18, "1", "1"],
    ["1234567890123456789012", 18, "1\u202f234.5678…", "1\u202f234.567890123456789012"],
    ["999999999999999999", 18, "0.9999…", "0.999999999999999999"],
    ["130000000000000", 6, "130\u202f000\u202f000", "130\u202f000\u202f000"],
    ["42", 0, "42", "42"],
    [
      "115792089237316195423570985008687907853269984665640564039457584007913129639935",
      18,
      "115\u202f792\u202f089\u202f237\u202f316\u202f195\u202f423\u202f570\u202f985\u202f008\u202f687\u202f907\u202f853\u202f269\u202f984\u202f665\u202f640\u202f564\u202f039\u202f457.584…",
      "115\u202f792\u202f089\u202f237\u202f316\u202f195\u202f423\u202f570\u202f985\u202f008\u202f687\u202f907\u202f853\u202f269\u202f984\u202f665\u202f640\u202f564\u202f039\u202f457.584007913129639935",
    ],
  ];
  it.each(cases)("%s with %i decimals", (base, decimals, short, exact) => {
    expect(amount(base, decimals)).toEqual({ short, exact });
  });
  it("leaves what is no number as it is", () => {
    expect(amount("<b>", 18).short).toBe("<b>");
    expect(baseUnits("1000")).toBe("1\u202f000");
  });
});

describe("hostile text", () => {
  it("shows what cannot be seen", () => {
    expect(parts("US\u202eDC\u0000\n\u{e0041}")).toEqual([
      { text: "US", unseen: false },
      { text: "202E", unseen: true },
      { text: "DC", unseen: false },
      { text: "0000", unseen: true },
      { text: "\\n", unseen: true },
      { text: "E0041", unseen: true },
    ]);
  });
  it("leaves ordinary text of any language alone", () => {
    for (const text of ["Vault", "مرحبا", "日本", "naïve — “x”", "<script>alert(1)</script>"]) {
      expect(parts(text)).toEqual([{ text, unseen: false }]);
    }
  });
  it("clips by characters and mends halves of them", () => {
    expect(clip("😀😀😀", 2)).toEqual({ text: "😀😀", more: 1 });
    expect(clip("a\ud800", 5)).toEqual({ text: "a\ufffd", more: 0 });
  });
});

describe("times", () => {
  it("says spans as people do", () => {
    const said = [0, 59_000, 61_000, 600_000, 3_700_000, 36_000_000, 200_000_000].map(span);
    expect(said).toEqual(["0 s", "59 s", "1 min 1 s", "10 min", "1 h 1 min", "10 h", "2 d"]);
  });
  it("says past and future", () => {
    const now = Date.parse("2026-01-01T00:00:10Z");
    expect(ago("2026-01-01T00:00:00Z", now)).toBe("10 s ago");
    expect(ago("2026-01-01T00:00:20Z", now)).toBe("in 10 s");
    expect(utc("2026-01-01T00:00:00.123Z")).toBe("2026-01-01 00:00:00 UTC");
    expect(utc("nonsense")).toBe("nonsense");
  });
});

describe("the live line", () => {
  it("reads messages whatever the chunks", () => {
    const text = ":\n\nevent: ready\nid: 7\ndata: {}\n\nevent: entry\r\nid: 8\r\ndata: a\r\ndata: b\r\n\r\n";
    const whole = parser()(text);
    expect(whole).toEqual([
      { event: "ready", id: "7", data: "{}" },
      { event: "entry", id: "8", data: "a\nb" },
    ]);
    const parse = parser();
    expect([...text].flatMap((character) => parse(character))).toEqual(whole);
  });
  it("keeps an unfinished message back", () => {
    expect(parser()("id: 9\ndata: half")).toEqual([]);
  });
});
