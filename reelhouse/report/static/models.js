/* Models and what is measured of them: the figures by kind, the tables, a model's own page. */
"use strict";

Reelhouse.models = (function () {
  const { el, lists } = Reelhouse;

  /* ---- figures: what they are called, how they are written, and which way is good ---- */

  const fixed = (digits) => (value) => value.toFixed(digits);
  const signed = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(4)}`;
  const precise = (value) => (value >= 100 ? Reelhouse.count(Math.round(value)) : String(Number(value.toPrecision(3))));
  const whole = (value) => Reelhouse.count(Math.round(value));

  const FIGURES = {
    rmse: ["RMSE", fixed(4), "low", "Root mean squared error of held-out ratings"],
    mae: ["MAE", fixed(4), "low", "Mean absolute error"],
    rmse_cold_users: ["RMSE, cold users", fixed(4), "low", "Ratings by users with at most 5 training ratings"],
    rmse_cold_titles: ["RMSE, cold titles", fixed(4), "low", "Ratings of titles with at most 5 training ratings"],
    ndcg_100: ["NDCG@100", fixed(4), "high", "Held-out titles near the beginning of the first 100"],
    ndcg_10: ["NDCG@10", fixed(4), "high", "The same of the first 10"],
    recall_20: ["Recall@20", fixed(4), "high", "Hits of 20 places over min(20, held out)"],
    recall_50: ["Recall@50", fixed(4), "high", "Hits of 50 places over min(50, held out)"],
    recall_10: ["Recall@10", fixed(4), "high", "Hits of 10 places over all that is held out"],
    ndcg_100_cold_users: ["NDCG@100, cold users", fixed(4), "high", "Users of whom little is known"],
    ndcg_100_cold_titles: ["NDCG@100, cold titles", fixed(4), "high", "Where only titles that few have seen are to be found"],
    coverage_10: ["Coverage", fixed(3), "high", "Share of the titles in at least one list of 10"],
    gini_10: ["Gini", fixed(3), "low", "How unequally titles are shown; 0 is evenly"],
    novelty_bits_10: ["Novelty, bits", fixed(2), "high", "Mean self-information of the first 10"],
    diversity_10: ["Diversity", fixed(3), "high", "Mean distance by genre within the first 10"],
    serendipity_10: ["Serendipity", fixed(3), "high", "Share that is right and not among the baseline's"],
    popularity_shift_10: ["Popularity shift", fixed(2), null, "How much more popular than what the users saw"],
    long_tail_10: ["Long tail", fixed(3), "high", "Share outside the most seen fifth of the titles"],
    difference: ["Ahead", signed, "high", "Of the baseline, on the same users: squared error less, or NDCG@100 more"],
    p_value: ["p", (value) => (value < 0.001 ? "< 0.001" : value.toFixed(3)), null, "Paired randomization test against the baseline"],
    seconds_fit: ["Fit, s", precise, "low", "Learning from one split, median"],
    seconds_score: ["Answers, s", precise, "low", "For all that is held out of one split, median"],
    seconds_tuning: ["Tuning, s", precise, null, "All trials together"],
    peak_mib: ["Peak, MiB", whole, "low", "Most memory of the process while fitting"],
    added_mib: ["Added, MiB", whole, "low", "The same, less what was there before"],
    n_parameters: ["Parameters", whole, null, "Numbers that were learned"],
    n_trials: ["Trials", whole, null, "Settings that were tried"],
    epochs: ["Epochs", whole, null, "None for a model that is solved at once"],
  };

  const GROUPS = {
    rating: {
      accuracy: ["Accuracy", ["mae", "difference", "p_value", "seconds_fit"]],
      cold: ["Cold starts", ["rmse_cold_users", "rmse_cold_titles"]],
      costs: ["Costs", ["seconds_fit", "seconds_score", "seconds_tuning", "peak_mib", "added_mib", "n_parameters", "n_trials", "epochs"]],
    },
    ranking: {
      accuracy: ["Accuracy", ["recall_20", "recall_50", "ndcg_10", "recall_10", "difference", "p_value"]],
      cold: ["Cold starts", ["ndcg_100_cold_users", "ndcg_100_cold_titles"]],
      beyond: ["Beyond accuracy", ["coverage_10", "gini_10", "novelty_bits_10", "diversity_10", "serendipity_10", "popularity_shift_10", "long_tail_10"]],
      costs: ["Costs", ["seconds_fit", "seconds_score", "seconds_tuning", "peak_mib", "added_mib", "n_parameters", "n_trials", "epochs"]],
    },
  };

  const FAMILIES = ["baseline", "matrix factorization", "autoencoder", "graph", "ensemble"];
  const TOLD = {
    rating: ["Predicting ratings", "What users gave to titles that the models did not see. RMSE: low is good."],
    ranking: ["Ranking titles", "Which titles users liked that the models did not see. NDCG@100: high is good."],
  };

  const called = (name) => (FIGURES[name] || [name])[0];
  const written = (name, value) => (value === undefined || value === null ? null : FIGURES[name][1](value));
  const address = (protocol, model) => `#/model/${protocol}/${encodeURIComponent(model)}`;
  const measured = (protocol) => protocol.models.filter((row) => row.status === "measured");

  /** The best value of each figure that has a good direction. */
  function bestOf(protocol) {
    const best = new Map();
    Object.entries(FIGURES).forEach(([name, [, , good]]) => {
      const values = measured(protocol).map((row) => row[name]).filter((value) => value !== undefined);
      if (good && new Set(values).size > 1) best.set(name, good === "high" ? Math.max(...values) : Math.min(...values));
    });
    return best;
  }

  /* ---- the interval of a figure, drawn ---- */

  /** How many times as wide the range of all may be as that of most before the worst are cut off. */
  const TOO_WIDE = 2;

  /** The range of a protocol's intervals; where few are far behind, that of most. */
  function rangeOf(protocol) {
    const { by } = protocol;
    const span = (rows) => {
      const ends = rows.flatMap((row) => [row[`${by}_low`] ?? row[by], row[`${by}_high`] ?? row[by]]);
      return [Math.min(...ends), Math.max(...ends)];
    };
    const rows = measured(protocol).sort((a, b) => a.place - b.place);
    const most = span(rows.slice(0, Math.ceil(0.8 * rows.length)));
    const all = span(rows);
    return all[1] - all[0] > TOO_WIDE * (most[1] - most[0]) ? most : all;
  }

  /** From a value to its place in percent; those far behind stand at the edge. */
  function scaleOf(protocol) {
    const [low, high] = rangeOf(protocol);
    return (value) => Math.max(0, Math.min(100, (100 * (value - low)) / (high - low || 1)));
  }

  function whisker(row, by, scale) {
    const place = (node, left, width) => {
      node.style.left = `${left}%`;
      if (width !== undefined) node.style.width = `${width}%`;
      return node;
    };
    const [low, high] = [row[`${by}_low`], row[`${by}_high`]];
    return el("span", { class: "whisker", "aria-hidden": "true" },
      low === undefined ? null : place(el("span", { class: "range" }), scale(low), scale(high) - scale(low)),
      place(el("span", { class: "spot" }), scale(row[by])));
  }

  function interval(row, name) {
    const [low, high] = [row[`${name}_low`], row[`${name}_high`]];
    return low === undefined ? null : `${written(name, low)} to ${written(name, high)}`;
  }

  /* ---- the table of a protocol ---- */

  function columns(protocol, group) {
    const { name, by } = protocol;
    const best = bestOf(protocol);
    const scale = scaleOf(protocol);
    const marked = (figure) => (row) => (best.has(figure) && row[figure] === best.get(figure) ? "best" : null);
    const text = (figure, row) => [written(figure, row[figure]), marked(figure)(row) ? el("span", { class: "unseen" }, ", the best") : null];
    const first = [
      { name: "Place", figure: true, value: (row) => row.place, cell: (row) => row.place },
      { name: "Model", value: (row) => row.model, look: () => "wide",
        cell: (row) => [el("a", { class: "title-link", href: address(name, row.model) }, row.model), el("span", { class: "about under" }, row.family)] },
      { name: called(by), about: FIGURES[by][3], down: FIGURES[by][2] === "high", value: (row) => row[by],
        look: (row) => ["interval", marked(by)(row)].filter(Boolean).join(" "),
        cell: (row) => (row[by] === undefined ? el("span", { class: "bad" }, `${row.status}${row.reason ? `: ${row.reason}` : ""}`)
          : el("span", { class: "interval-inside" }, el("span", { class: "interval-figure" }, text(by, row)), whisker(row, by, scale),
            el("span", { class: "about" }, interval(row, by)))) },
    ];
    const others = GROUPS[name][group][1].filter((figure) => protocol.models.some((row) => row[figure] !== undefined)).map((figure) => ({
      name: called(figure), about: FIGURES[figure][3], figure: true, down: FIGURES[figure][2] === "high",
      value: (row) => row[figure], look: marked(figure), cell: (row) => text(figure, row) }));
    return [...first, ...others];
  }

  function table(protocol) {
    const [title, told] = TOLD[protocol.name] || [protocol.name, ""];
    const groups = Object.entries(GROUPS[protocol.name]).filter(([, [, figures]]) => figures.some((figure) => protocol.models.some((row) => row[figure] !== undefined)));
    const order = { name: "Place", down: false };
    const place = el("div");
    const fill = (group) => place.replaceChildren(...Reelhouse.sortable.table(`${title}: ${GROUPS[protocol.name][group][0]}`, columns(protocol, group), protocol.models, order));
    fill(groups[0][0]);
    const failed = protocol.models.length - measured(protocol).length;
    return el("section", { class: "protocol" }, el("h2", {}, title),
      el("p", { class: "quiet" }, told, " A line is a 95 % interval, users resampled; the best of a column is bold.",
        failed ? ` Of ${protocol.models.length} models ${failed} could not be measured.` : ""),
      Reelhouse.lists.choice("Which figures", groups.map(([key, [name]]) => [key, name]), groups[0][0], fill), place);
  }

  /* ---- a model ---- */

  function figures(protocol, row) {
    const best = bestOf(protocol);
    const names = [protocol.by, ...Object.values(GROUPS[protocol.name]).flatMap(([, some]) => some)];
    const rows = [...new Set(names)].filter((name) => row[name] !== undefined).map((name) => [
      el("span", { title: FIGURES[name][3] }, called(name)), written(name, row[name]), interval(row, name),
      best.has(name) ? written(name, best.get(name)) : null]);
    return lists.table("Figures", ["Figure", "Value", "95 % interval", "Best of all"], rows, ["Value", "95 % interval", "Best of all"]);
  }

  /** Settings as text: lists and nothing as JSON writes them. */
  const plain = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));

  function settings(row) {
    const rows = Object.entries(row.settings).map(([name, value]) => [name.replace(/_/g, " "), plain(value)]);
    return rows.length ? lists.table("Settings", [row.family === "ensemble" ? "Member" : "Setting", row.family === "ensemble" ? "Weight" : "Value"], rows, []) : null;
  }

  function splits(protocol, rows) {
    const names = [protocol.by, "seconds_fit", "seconds_score", "peak_mib"].filter((name) => rows.some((row) => row[name] !== undefined));
    return lists.table("Splits", ["Split", "Learned from", "Held out", ...names.map(called)],
      rows.map((row) => [row.split, whole(row.n_train), whole(row.n_held_out), ...names.map((name) => written(name, row[name]))]),
      ["Learned from", "Held out", ...names.map(called)]);
  }

  const learned = (protocol, curve) => Reelhouse.charts.line({ name: called(protocol.by),
    points: curve.epochs.map((epoch, at) => [epoch, curve.values[at]]),
    told: `${called(protocol.by)} on the validation part over ${curve.epochs.length} epochs` });

  async function page(protocol, row) {
    const [found, curves, trials] = await Promise.all(["splits", "curves", "trials"].map(Reelhouse.data.load));
    const of = (file) => (file[protocol.name] || {})[row.model];
    const curve = of(curves);
    const tried = of(trials);
    const measuredOn = found[protocol.name] && found[protocol.name].models[row.model];
    const section = (title, ...nodes) => el("section", {}, el("h2", {}, title), nodes);
    const placed = row.place === undefined ? row.status : `place ${row.place} of ${measured(protocol).length}`;
    return { name: row.model, nodes: [
      el("p", { class: "crumbs" }, el("a", { href: "#/" }, "All models"), el("span", { "aria-hidden": "true" }, "/"), TOLD[protocol.name][0]),
      el("h1", { tabindex: "-1" }, row.model),
      el("p", { class: "lead" }, `${row.family.charAt(0).toUpperCase()}${row.family.slice(1)}, ${placed}${row.reason ? `: ${row.reason}` : ""}.`),
      el("div", { class: "pair" },
        row[protocol.by] === undefined ? null : section("What it reached and cost", figures(protocol, row)),
        el("div", {}, settings(row) && section(row.family === "ensemble" ? "Its members" : "Its settings", settings(row)),
          curve && curve.epochs.length > 1 ? section("How it learned", learned(protocol, curve)) : null)),
      tried ? section("What was tried", Reelhouse.trials.table(protocol, tried)) : null,
      measuredOn ? section("Split by split", splits(protocol, measuredOn)) : null] };
  }

  return { FIGURES, FAMILIES, TOLD, called, written, measured, address, rangeOf, table, page, plain };
})();
