/**
 * Phone numbers as people read them: `+1-415-555-0100` in North America (requirements.md, vocabulary), in the groups that
 * are usual where we work, and in plain groups elsewhere.
 *
 * Promises: no digit is lost or moved; a number never breaks over two lines, and stays in its order in Arabic too (a
 * no-break space belongs to the number on both of its sides, UAX #9 W4); what is no E.164 number is left alone.
 * Does not know: which numbers there are.
 */

/** ITU-T E.164: these have one or two digits; all other country codes have three. */
const SHORT_CODES = /^(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** How the digits behind a country code are grouped, by their count where that differs. */
const GROUPS: Readonly<Record<string, readonly (readonly number[])[]>> = {
  7: [[3, 3, 2, 2]],
  20: [[3, 3, 4]],
  32: [
    [3, 2, 2, 2],
    [1, 3, 2, 2],
  ],
  33: [[1, 2, 2, 2, 2]],
  34: [[3, 3, 3]],
  39: [[3, 3, 4]],
  41: [[2, 3, 2, 2]],
  44: [[4, 6]],
  52: [[2, 4, 4]],
  55: [
    [2, 5, 4],
    [2, 4, 4],
  ],
  84: [[2, 3, 2, 2]],
  86: [[3, 4, 4]],
  91: [[5, 5]],
  212: [[1, 2, 2, 2, 2]],
  213: [[3, 2, 2, 2]],
  216: [[2, 3, 3]],
  262: [[3, 2, 2, 2]],
  351: [[3, 3, 3]],
  590: [[3, 2, 2, 2]],
  594: [[3, 2, 2, 2]],
  596: [[3, 2, 2, 2]],
  961: [[2, 3, 3]],
  962: [[1, 4, 4]],
  966: [[2, 3, 4]],
  971: [[2, 3, 4]],
};

const SPACE = '\u00A0';

/** `null` for what is no E.164 number. */
export function shownPhone(number: string): string | null {
  const digits = /^\+([1-9]\d{6,14})$/.exec(number)?.[1];
  if (digits === undefined) return null;
  const american = digits.replace(/^1(\d{3})(\d{3})(\d{4})$/, '+1-$1-$2-$3');
  if (american !== digits) return american;
  const code = SHORT_CODES.exec(digits)?.[0] ?? digits.slice(0, 3);
  const rest = digits.slice(code.length);
  const usual = (GROUPS[code] ?? []).find((groups) => sum(groups) === rest.length);
  return `+${[code, ...cut(rest, usual ?? plain(rest.length))].join(SPACE)}`;
}

/** Threes, and what is left over in the last one or two: never a digit alone. */
function plain(count: number): readonly number[] {
  if (count <= 4) return [count];
  if (count === 5) return [3, 2];
  return [3, ...plain(count - 3)];
}

function cut(digits: string, groups: readonly number[]): readonly string[] {
  const [first, ...more] = groups;
  return first === undefined ? [] : [digits.slice(0, first), ...cut(digits.slice(first), more)];
}

function sum(groups: readonly number[]): number {
  return groups.reduce((all, group) => all + group, 0);
}
