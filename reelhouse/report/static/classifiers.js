/* What networks learned of the titles, and how well classifiers tell their clusters. */
"use strict";

Reelhouse.classifiers = (function () {
  const { el, lists, catalogue } = Reelhouse;
  const CALLED = { clusters: "These clusters", "other fields": "Clusters of the other fields" };
  const called = (labels) => CALLED[labels] || labels;
  const key = (one) => `${one.classifier}/${one.labels_from}`;
  const same = (chosen) => (row) => row.classifier === chosen.classifier && row.labels_from === chosen.labels_from;
  const inPercent = (x) => `${(100 * x).toFixed(1)} %`;

  function worth(found) {
    const columns = ["Classifier", "Tells apart", "Accuracy", "Macro F1", "Log loss", "Calibration error", "Seconds", "Learned from", "Tested on"];
    return lists.table("Classifiers", columns, found.classifiers.map((one) => [
      [one.classifier, one.places ? el("span", { class: "good" }, " places new titles") : null], called(one.labels_from),
      inPercent(one.accuracy), one.macro_f1.toFixed(3), one.log_loss.toFixed(3), one.calibration_error.toFixed(3), one.seconds.toFixed(1),
      Reelhouse.count(one.n_train), Reelhouse.count(one.n_test)]), columns.slice(2));
  }

  /* ---- cluster by cluster: for the clusters of other fields their numbers are all that is known ---- */

  const own = (chosen) => chosen.labels_from === "clusters";
  const head = (chosen, id) => (own(chosen) ? lists.clusterLink(id) : `Cluster ${id}`);
  const name = (chosen, id) => (own(chosen) ? catalogue.clusterName(id) : `Cluster ${id}`);

  function report(found, chosen) {
    const figure = (column) => ({ name: column.charAt(0).toUpperCase() + column.slice(1), figure: true, down: true,
      value: (row) => row[column], cell: (row) => inPercent(row[column]) });
    return Reelhouse.sortable.table(`Cluster by cluster, ${chosen.classifier}`, [
      { name: "Cluster", value: (row) => name(chosen, row.cluster_id), cell: (row) => head(chosen, row.cluster_id) },
      figure("precision"), figure("recall"), { ...figure("f1"), name: "F1" },
      { name: "Titles", figure: true, down: true, value: (row) => row.support, cell: (row) => Reelhouse.count(row.support) }],
    found.report.filter(same(chosen)), { name: "F1", down: true });
  }

  function confusion(found, chosen) {
    const ids = found.report.filter(same(chosen)).map((row) => row.cluster_id);
    const cells = new Map(found.confusion.filter(same(chosen)).map((row) => [`${row.true_cluster_id}/${row.predicted_cluster_id}`, row.titles]));
    const rows = ids.map((id) => {
      const counts = ids.map((other) => cells.get(`${id}/${other}`) || 0);
      const all = counts.reduce((sum, one) => sum + one, 0);
      return { head: head(chosen, id), number: id, cells: counts.map((n, at) => (n ? { text: String(n),
        // What is right is blue, what is not orange.
        strength: ((id === ids[at] ? 1 : -1) * Math.min(1, (n / all) * (id === ids[at] ? 1 : 3))).toFixed(3),
        told: `Of ${all} titles of ${name(chosen, id)} ${n} were put into ${name(chosen, ids[at])}` } : null)) };
    });
    return Reelhouse.heatmap.table(`Confusion, ${chosen.classifier}`, "Belongs to", ids.map((id) => el("span", { title: name(chosen, id) }, String(id))), rows, true);
  }

  function each(found) {
    const place = el("div");
    const fill = (wanted) => {
      const chosen = found.classifiers.find((one) => key(one) === wanted);
      place.replaceChildren(...[
        el("h3", {}, "Precision, recall and F1"), ...report(found, chosen),
        el("h3", {}, "What is taken for what"), el("p", { class: "quiet" }, "Rows are where titles for testing belong, columns by number where they were put."),
        confusion(found, chosen)]);
    };
    const best = found.classifiers.find((one) => one.places) || found.classifiers[0];
    fill(key(best));
    return el("section", {}, el("h2", {}, "Cluster by cluster"),
      lists.choice("Which classifier", found.classifiers.map((one) => [key(one), `${one.classifier}: ${called(one.labels_from).toLowerCase()}`]), key(best), fill), place);
  }

  /* ---- how they learned ---- */

  const WHAT = { loss: "loss", validation_loss: "loss, validation", accuracy: "accuracy", validation_accuracy: "accuracy, validation",
    changed: "labels that changed", divergence: "divergence", largest: "largest cluster" };
  const PANELS = [["loss", ["loss", "validation_loss"]], ["accuracy", ["accuracy", "validation_accuracy"]], ["share", ["changed", "largest"]], ["divergence", ["divergence"]]];

  function curves(found) {
    const figures = found.curves.flatMap(({ network, stage, lines }) => PANELS.map(([title, wanted]) => {
      const series = wanted.filter((what) => lines[what] && lines[what].length > 1).map((what) => ({ name: WHAT[what], points: lines[what] }));
      if (!series.length) return null;
      const title_ = `${network}, ${CALLED[stage] ? CALLED[stage].toLowerCase() : stage}`;
      const values = series.flatMap((one) => one.points.map(([, value]) => value));
      return el("figure", { class: "card" }, el("figcaption", {}, el("h3", { class: "card-title" }, title_)),
        Reelhouse.charts.lines(`${title_}: ${title} over ${series[0].points.length} epochs, from ${series[0].points[0][1]} to ${series[0].points[series[0].points.length - 1][1]}`,
          series, { name: title, low: Math.min(...values), high: Math.max(...values), log: false }));
    })).filter(Boolean);
    return figures.length ? el("section", {}, el("h2", {}, "How the networks learned"), el("div", { class: "cards" }, figures)) : null;
  }

  const picture = (one) => el("figure", { class: "picture" }, el("img", { src: one.file, alt: one.caption }),
    el("figcaption", { class: "quiet" }, one.caption));

  async function build() {
    const found = await Reelhouse.data.load("networks");
    return { name: "Classifiers", nodes: [
      el("h1", { tabindex: "-1" }, "How well the clusters can be told"),
      el("p", { class: "lead" }, "Classifiers learned from most titles and were tested on titles that they never saw. Clusters of the other fields are there as a test: a text can only hint at them."),
      worth(found), each(found), curves(found),
      found.pictures.length ? el("section", {}, el("h2", {}, "The embedding before and after the refinement"), found.pictures.map(picture)) : null] };
  }

  return { build };
})();
