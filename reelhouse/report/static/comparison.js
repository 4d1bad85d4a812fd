/* The page of a comparison: its parts. */
"use strict";

(function () {
  const { el, lists, catalogue, models, trials } = Reelhouse;
  const { alone, lost } = Reelhouse.router;
  const overview = catalogue.start();
  const { protocols, counts } = overview;

  /* ---- the models ---- */

  function bestLine(protocol) {
    const best = protocol.models.find((row) => row.place === 1);
    return best && `${models.TOLD[protocol.name][0]}: ${best.model}, ${models.called(protocol.by)} ${models.written(protocol.by, best[protocol.by])}`;
  }

  function home() {
    const names = new Set(protocols.flatMap((protocol) => protocol.models.filter((row) => row.family !== "ensemble").map((row) => row.model)));
    return { name: null, nodes: [
      el("h1", { tabindex: "-1" }, `${Reelhouse.counted(names.size, "model")} compared`),
      el("p", { class: "lead" }, `The same splits, the same budget for tuning, the same machine, on ${Reelhouse.count(counts.rows_good)} ratings by ${Reelhouse.count(counts.users)} users of ${Reelhouse.count(counts.titles)} titles.`),
      el("ul", { class: "winners" }, protocols.map(bestLine).filter(Boolean).map((line) => el("li", {}, line))),
      protocols.map(models.table)] };
  }

  /* ---- accuracy against time ---- */

  /** Nothing is quicker than what a clock can tell, and a logarithmic axis has no 0. */
  const LEAST = 1e-4;

  function timeOf(protocol) {
    const { by } = protocol;
    const [low, high] = models.rangeOf(protocol);
    const margin = 0.08 * (high - low);
    const all = models.measured(protocol);
    const shown = all.filter((row) => row[by] >= low && row[by] <= high);
    const behind = all.filter((row) => !shown.includes(row)).map((row) => `${row.model} (${models.written(by, row[by])})`);
    const families = [...new Set([...models.FAMILIES, ...shown.map((row) => row.family)])];
    const groups = families.map((family) => ({ name: family, points: shown.filter((row) => row.family === family)
      .map((row) => ({ x: Math.max(row.seconds_fit || 0, LEAST), y: row[by], low: row[`${by}_low`], high: row[`${by}_high`], name: row.model })) }))
      .filter((group) => group.points.length);
    return el("section", {}, el("h2", {}, models.TOLD[protocol.name][0]),
      el("p", { class: "quiet" }, models.FIGURES[by][2] === "low" ? "The good stand below, the quick to the left." : "The good stand above, the quick to the left.",
        behind.length ? ` Far behind, and not drawn: ${Reelhouse.listed(behind)}.` : null),
      Reelhouse.charts.scatter(`${models.called(by)} of ${shown.length} models against the seconds of one fit; the table of models has the figures`, groups, {
        xName: "seconds of one fit", yName: models.called(by),
        low: Number((low - margin).toPrecision(3)), high: Number((high + margin).toPrecision(3)),
        tell: (point) => `${point.name}\n${models.called(by)} ${point.y.toFixed(4)}\n${Number(point.x.toPrecision(3))} s`,
        open: (point) => { window.location.hash = models.address(protocol.name, point.name).slice(1); } }));
  }

  const time = () => ({ name: "Accuracy and time", nodes: [
    el("h1", { tabindex: "-1" }, "Accuracy against time"),
    el("p", { class: "lead" }, "A point is a model, a line its 95 % interval; the seconds are those of one fit, the median of the splits. An ensemble takes as long as its members together."),
    protocols.map(timeOf)] });

  /* ---- what it was measured on ---- */

  const SETTINGS = { folds: "Folds of ratings", n_folds: "Random folds", ranking: "Rankings hold out", n_seeds: "Random splits of users",
    test_users: "Users for testing", liked: "Liked from", validation_share: "Share for validation", n_trials: "Trials of a model",
    tuning_minutes: "Minutes of tuning", model_minutes: "Minutes of a model in all", ensemble_members: "Members of the ensemble" };

  function pairs(caption, found, columns) {
    const rows = Object.entries(found || {}).filter(([, value]) => value !== null)
      .map(([name, value]) => [SETTINGS[name] || name, models.plain(value)]);
    return rows.length ? el("section", {}, el("h2", {}, caption), lists.table(caption, columns, rows, [])) : null;
  }

  async function measuredOn() {
    const found = await Reelhouse.data.load("splits");
    const { run } = overview;
    return { name: "Measured on", nodes: [
      el("h1", { tabindex: "-1" }, "What it was measured on"),
      lists.facts([["Ratings", Reelhouse.count(counts.rows_good)], ["Users", Reelhouse.count(counts.users)],
        ["Titles", Reelhouse.count(counts.titles)], ["Newest rating", overview.newest && Reelhouse.day(overview.newest)], ["Seed", String(run.seed)]]),
      el("div", { class: "pair" }, protocols.filter((one) => found[one.name]).map((protocol) => el("section", {}, el("h2", {}, models.TOLD[protocol.name][0]),
        lists.table(`Splits, ${protocol.name}`, ["Split", "Learned from", "Held out"], found[protocol.name].splits.map(([name, train, held]) => [
          name, Reelhouse.count(train), Reelhouse.count(held)]), ["Learned from", "Held out"])))),
      el("div", { class: "pair" }, pairs("How it was split", run.splits, ["Setting", "Value"]), pairs("Budget", run.budget, ["Setting", "Value"])),
      pairs("Software", { ...overview.software, ...overview.libraries }, ["Name", "Version"])] };
  }

  /* ---- versions ---- */

  async function versions() {
    const history = await Reelhouse.data.load("history");
    const best = (one, protocol) => (one.best[protocol.name] ? `${one.best[protocol.name][0]}, ${models.written(protocol.by, one.best[protocol.name][1])}` : "");
    const columns = ["Version", "Day", "Ratings", "Models", ...protocols.map((one) => `Best ${one.name} model`)];
    return { name: "Versions", nodes: [
      el("h1", { tabindex: "-1" }, history.length > 1 ? `The last ${history.length} versions` : "The first version"),
      lists.table("Versions", columns, [...history].reverse().map((one) => [String(one.version), Reelhouse.day(one.date),
        Reelhouse.count(one.counts.rows_good || 0), String(one.counts.models_measured || 0), ...protocols.map((protocol) => best(one, protocol))]),
        ["Version", "Ratings", "Models"])] };
  }

  const sections = {
    "": () => [alone, home(), "models"],
    model: async (protocolName, model) => {
      const protocol = protocols.find((one) => one.name === protocolName);
      const row = protocol && protocol.models.find((one) => one.model === model);
      return [alone, row ? await models.page(protocol, row) : lost(`This version has no model ${model} of ${protocolName}.`), "models"];
    },
    time: () => [alone, time(), "time"],
    learning: async () => [alone, await trials.learning(overview), "learning"],
    trials: async () => [alone, await trials.all(overview), "trials"],
    measured: async () => [alone, await measuredOn(), "measured"],
    versions: async () => [alone, await versions(), "versions"],
    quality: async () => [alone, await Reelhouse.records.quality(), "quality"],
  };

  Reelhouse.router.start(sections);
})();
