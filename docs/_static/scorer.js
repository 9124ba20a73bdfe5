// The order of what the search finds: how-tos, then other pages for users; what engineers wrote for
// each other comes last. The numbers are Sphinx's own, but for `score`.
const MORE = {
  "docs/howto/": 6,
  "docs/coming_from/": 4,
  "docs/learn/": 4,
  "docs/faq": 4,
  "docs/install": 4,
  "docs/errors": 4,
  CHANGELOG: -4,
  CONTRIBUTING: -4,
  "benchmarks/": -4,
  "docs/jit_diary": -4,
  "docs/mutation": -4,
  "docs/promises": -4,
  "docs/speed": -4,
};

var Scorer = {
  score: ([page, , , , score]) => {
    const place = Object.keys(MORE).find((name) => page.startsWith(name));
    return score + (MORE[place] ?? 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
