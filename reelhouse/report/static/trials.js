/* How settings were chosen and how models learned. */
"use strict";

Reelhouse.trials = (function () {
  const { el, lists } = Reelhouse;
  const models = () => Reelhouse.models;
  const OUTCOMES = { done: "Done", behind: "Ended, behind", failed: "Failed", "out of time": "Out of time" };

  /** The trials of a model, one below the other; settings are told where they differ from the first. */
  function table(protocol, tried) {
    const { called, written, plain } = models();
    const first = tried[0].settings;
    const differ = (settings) => Object.entries(settings).filter(([name, value]) => plain(value) !== plain(first[name] ?? null));
    const told = (settings) => differ(settings).map(([name, value]) => `${name.replace(/_/g, " ")} ${plain(value)}`).join(", ");
    const by = called(protocol.by);
    return lists.table("Trials", ["Trial", by, "Outcome", "Seconds", "Settings"], tried.map((one) => [
      [String(one.trial), one.chosen ? el("span", { class: "good" }, " chosen") : null],
      written(protocol.by, one.value), [OUTCOMES[one.outcome] || one.outcome, one.reason ? `: ${one.reason}` : null],
      one.seconds === undefined ? null : String(Number(one.seconds.toPrecision(3))),
      one.trial === 0 ? "the model's own" : told(one.settings)]), ["Seconds"]);
  }

  function rowOf(protocol, name, tried) {
    const { written, address } = models();
    const values = tried.map((one) => one.value).filter((value) => value !== undefined);
    const chosen = tried.find((one) => one.chosen);
    const [own] = tried;
    const gain = chosen && own.value !== undefined && chosen.value !== undefined ? Math.abs(chosen.value - own.value) : null;
    return [el("a", { class: "title-link", href: address(protocol.name, name) }, name), String(tried.length),
      written(protocol.by, own.value), written(protocol.by, chosen && chosen.value),
      gain === null ? null : gain === 0 ? "0" : gain.toFixed(4),
      values.length > 1 ? `${written(protocol.by, Math.min(...values))} to ${written(protocol.by, Math.max(...values))}` : null,
      String(tried.filter((one) => one.outcome !== "done").length),
      tried.reduce((sum, one) => sum + (one.seconds || 0), 0).toFixed(1)];
  }

  async function all(overview) {
    const found = await Reelhouse.data.load("trials");
    const columns = ["Model", "Trials", "Its own settings", "The chosen", "Gained", "Range", "Not finished", "Seconds"];
    return { name: "Trials", nodes: [
      el("h1", { tabindex: "-1" }, "How settings were chosen"),
      el("p", { class: "lead" }, overview.chosenOn ? `Each model was tried with its own settings first, then with others, on ${overview.chosenOn}. A model's page lists all its trials.`
        : "Each model was tried with its own settings first, then with others. A model's page lists all its trials."),
      overview.protocols.filter((one) => found[one.name]).map((protocol) => el("section", {},
        el("h2", {}, models().TOLD[protocol.name][0]), el("p", { class: "quiet" }, `${models().called(protocol.by)} on the validation part`),
        lists.table(`Trials, ${protocol.name}`, columns, Object.entries(found[protocol.name]).map(([name, tried]) => rowOf(protocol, name, tried)),
          columns.slice(1))))] };
  }

  /* ---- learning ---- */

  /** The part of the values that tells something: from the best to a little beyond the worst end. */
  function telling(curves, high) {
    const ends = curves.map((curve) => curve.values[curve.values.length - 1]);
    const best = curves.map((curve) => (high ? Math.max(...curve.values) : Math.min(...curve.values)));
    const low = Math.min(...ends, ...best);
    const top = Math.max(...ends, ...best);
    // Lines that hardly differ would fill the chart with their last digits.
    const margin = Math.max(0.12 * (top - low), 0.02 * Math.abs(top), 0.001);
    return [Math.floor(1000 * (low - margin)) / 1000, Math.ceil(1000 * (top + margin)) / 1000];
  }

  function curvesOf(protocol, found) {
    const { called, written, address, FIGURES } = models();
    const high = FIGURES[protocol.by][2] === "high";
    const several = Object.entries(found).filter(([, curve]) => curve.values.length > 1);
    if (!several.length) return null;
    const [low, top] = telling(several.map(([, curve]) => curve), high);
    const name = called(protocol.by);
    const bestAt = (curve) => curve.values.indexOf(high ? Math.max(...curve.values) : Math.min(...curve.values));
    return el("section", {}, el("h2", {}, models().TOLD[protocol.name][0]),
      Reelhouse.charts.lines(`${name} over the epochs of ${several.length} models; the table below has the figures`,
        several.map(([model, curve]) => ({ name: model, points: curve.epochs.map((epoch, at) => [epoch, curve.values[at]]) })),
        { name, low, high: top, log: true }),
      lists.table(`Learning, ${protocol.name}`, ["Model", "Epochs", "Best", "Best epoch", "At the end", "Seconds"], several.map(([model, curve]) => [
        el("a", { class: "title-link", href: address(protocol.name, model) }, model), String(curve.epochs[curve.epochs.length - 1]),
        written(protocol.by, curve.values[bestAt(curve)]), String(curve.epochs[bestAt(curve)]),
        written(protocol.by, curve.values[curve.values.length - 1]), String(Number(curve.seconds.toPrecision(3)))]),
        ["Epochs", "Best", "Best epoch", "At the end", "Seconds"]));
  }

  async function learning(overview) {
    const found = await Reelhouse.data.load("curves");
    const parts = overview.protocols.filter((one) => found[one.name]).map((one) => curvesOf(one, found[one.name])).filter(Boolean);
    return { name: "Learning", nodes: [
      el("h1", { tabindex: "-1" }, "How the models learned"),
      el("p", { class: "lead" }, "On the validation part after each epoch of the best trial. Beginnings far from all ends are cut off; a name in the legend hides its line."),
      parts.length ? parts : el("p", { class: "quiet" }, "No model of this version learns in epochs.")] };
  }

  return { table, all, learning };
})();
