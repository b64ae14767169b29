// How what the search has found is ranked. As in Sphinx, but a name of the reference of functions comes last: a reader
// who types "cost" looks for the chapter, not for a function. And a label of a formula that holds what was typed among
// other letters comes after the title that says it.
var Scorer = {
  score: ([, , anchor, , score, , kind]) =>
    kind === "index" && anchor.startsWith("#equation-") && score < 100 ? score / 100 : score,
  objNameMatch: 1,
  objPartialMatch: 0,
  objPrio: {},
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
