// Does a server still promise everything the client's types were made from? Adding is always allowed
// (surface.md); whatever is taken away or changed is named. Pure.

/** Paths in `kept` that `served` does not honour: `[]` when the types are current. */
export function missing(kept, served, at = '') {
  if (isText(at)) return [];
  if (Array.isArray(kept)) return missingItems(kept, served, at);
  if (typeof kept === 'object' && kept !== null) {
    if (typeof served !== 'object' || served === null) return [at];
    return Object.keys(kept).flatMap((key) =>
      isText(`${at}/${key}`) || key in served
        ? missing(kept[key], served[key], `${at}/${key}`)
        : [`${at}/${key}`],
    );
  }
  return kept === served ? [] : [at];
}

/** Lists of a document (required, enum, type, tags, parameters) are sets. */
function missingItems(kept, served, at) {
  if (!Array.isArray(served)) return [at];
  return kept.flatMap((item) =>
    served.some((other) => missing(item, other, `${at}/*`).length === 0)
      ? []
      : [`${at}/${item?.name ?? JSON.stringify(item)}`],
  );
}

/** Words for people change freely. */
function isText(at) {
  return /(?<!\/properties)\/(description|summary|title|example|examples|tags|info|servers)$/.test(at);
}
