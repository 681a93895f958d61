// A small full-text index: words folded to lower case without accents, ranked by BM25.

const K1 = 1.2;
const B = 0.75;
const EXCERPT_CHARACTERS = 160;

const words = (text) =>
  text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

// The documents of one folder, held in memory: what is removed here stays in the folder.
export class FullText {
  #documents = new Map();

  add(id, text) {
    const counts = new Map();
    const all = words(text);
    for (const word of all) counts.set(word, (counts.get(word) ?? 0) + 1);
    const title = text.match(/^# (.+)$/m)?.[1] ?? id;
    this.#documents.set(id, { id, title, text, counts, length: all.length });
  }

  get(id) {
    return this.#documents.get(id);
  }

  ids() {
    return [...this.#documents.keys()];
  }

  // True when the document was there.
  remove(id) {
    return this.#documents.delete(id);
  }

  // The best matches first: `[{ id, title, excerpt, score }]`; a document without any of the words is no match.
  search(query, limit) {
    const all = [...this.#documents.values()];
    const average = all.reduce((sum, { length }) => sum + length, 0) / (all.length || 1);
    const wanted = [...new Set(words(query))];
    const scored = all.map((document) => {
      let score = 0;
      for (const word of wanted) {
        const count = document.counts.get(word) ?? 0;
        if (count === 0) continue;
        const holders = all.filter(({ counts }) => counts.has(word)).length;
        const rarity = Math.log(1 + (all.length - holders + 0.5) / (holders + 0.5));
        score += (rarity * count * (K1 + 1)) / (count + K1 * (1 - B + (B * document.length) / average));
      }
      return { document, score };
    });
    return scored
      .filter(({ score }) => score > 0)
      .sort((left, right) => right.score - left.score || left.document.id.localeCompare(right.document.id))
      .slice(0, limit)
      .map(({ document, score }) => ({
        id: document.id,
        title: document.title,
        excerpt: excerpt(document.text, wanted),
        score: Number(score.toFixed(3)),
      }));
  }
}

// The text around the first line that holds one of the words.
function excerpt(text, wanted) {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("# "));
  const at = Math.max(0, lines.findIndex((line) => words(line).some((word) => wanted.includes(word))));
  const found = lines.slice(at).join(" ");
  return found.length <= EXCERPT_CHARACTERS ? found : `${found.slice(0, EXCERPT_CHARACTERS)}…`;
}
