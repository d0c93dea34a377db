// Amounts are decimal strings in base units and stay exact: no floating point touches them.

const grouped = (digits: string) => digits.replace(/\B(?=(\d{3})+$)/g, "\u202f");

/** Digits after the point that are shown; all of them stand in the tooltip. */
const SHOWN_DECIMALS = 4;

export type Written = { short: string; exact: string };

/** An amount with its decimals; `short` is cut, never rounded up. A tiny amount is never shown as zero. */
export function amount(base: string, decimals: number): Written {
  if (!/^\d+$/.test(base)) return { short: base, exact: base };
  const digits = base.replace(/^0+(?=\d)/, "").padStart(decimals + 1, "0");
  const whole = grouped(digits.slice(0, digits.length - decimals));
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  const exact = fraction === "" ? whole : `${whole}.${fraction}`;
  const cut = fraction.slice(0, SHOWN_DECIMALS).replace(/0+$/, "");
  if (fraction !== "" && cut === "" && whole === "0") return { short: `< 0.${"0".repeat(SHOWN_DECIMALS - 1)}1`, exact };
  const short = cut === "" ? whole : `${whole}.${cut}`;
  return { short: short === exact ? exact : `${short}…`, exact };
}

/** An amount whose decimals nobody knows. */
export function baseUnits(base: string): string {
  return /^\d+$/.test(base) ? grouped(base) : base;
}
