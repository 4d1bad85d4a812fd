/* What became of clusters and users since the last version, and over the last ones. */
"use strict";

Reelhouse.lineage = (function () {
  const { el, lists, catalogue } = Reelhouse;
  /** Every cluster then and now: living ones by id, then those that are gone. */
  function clusters(found) {
    const before = new Map(found.before.map((one) => [one.id, one]));
    const { clusters: living, died } = catalogue.overview();
    const nameThen = (id) => (before.has(id) ? before.get(id).name : `Cluster ${id}`);
    const signed = (n) => (n > 0 ? `+${Reelhouse.count(n)}` : n < 0 ? `−${Reelhouse.count(-n)}` : "0");
    const rows = living.map((one) => {
      const then = before.get(one.id);
      const from = one.parents.filter((id) => id !== one.id).map(nameThen);
      return [lists.clusterLink(one.id), lists.EVENTS[one.event] || one.event, then ? then.name : from.join(", "),
        then ? Reelhouse.count(then.size) : "", Reelhouse.count(one.size), then ? signed(one.size - then.size) : ""];
    });
    died.forEach((one) => rows.push([one.name, lists.EVENTS.died, nameThen(one.id), before.has(one.id) ? Reelhouse.count(before.get(one.id).size) : "", "0", ""]));
    return lists.table("Clusters then and now", ["Cluster", "What became of it", "Was called", "Users then", "Users now", "Change"], rows,
      ["Users then", "Users now", "Change"]);
  }

  const AT_FIRST = 12;

  function users({ users: n, ways, before }) {
    const names = new Map(before.map((one) => [one.id, one.name]));
    const some = (told, from, to) => lists.table(told, ["From", "To", "Users"], ways.slice(from, to).map(([there, here, many]) => [
      catalogue.cluster(there) ? lists.clusterLink(there) : names.get(there) || `Cluster ${there}`, lists.clusterLink(here), Reelhouse.count(many)]), ["Users"]);
    const others = ways.length - AT_FIRST;
    return [
      lists.facts([["Stayed", Reelhouse.count(n.stayed)], ["Moved", Reelhouse.count(n.moved)], ["New", Reelhouse.count(n.new)], ["Gone", Reelhouse.count(n.gone)]]),
      ways.length ? some("Most moved so", 0, AT_FIRST) : null,
      others > 0 ? el("details", { class: "fold" }, el("summary", {}, `${Reelhouse.count(others)} other ways, of fewer users`), some("Others moved so", AT_FIRST)) : null];
  }

  function versions(history) {
    const columns = ["Version", "Day", "Ratings", "Users", "Titles", "Clusters", "Put aside", "Stayed in their cluster"];
    return [
      history.length > 1 ? Reelhouse.charts.line({ name: "Users", points: history.map((one) => [one.version, one.counts.users || 0]),
        told: `Users by version, from ${history[0].counts.users} to ${history[history.length - 1].counts.users}` }) : null,
      lists.table("The last versions", columns, [...history].reverse().map((one) => [String(one.version), Reelhouse.day(one.date),
        ...["rows_good", "users", "titles", "clusters", "rows_quarantined"].map((name) => Reelhouse.count(one.counts[name] || 0)),
        one.kept === null ? "" : Reelhouse.share(one.kept)]), columns.filter((name) => name !== "Day"))];
  }

  async function changes() {
    const [found, history] = await Promise.all(["changes", "history"].map(Reelhouse.data.load));
    const first = !found.before;
    return { name: "Changes", nodes: [
      el("h1", { tabindex: "-1" }, first ? "The first version" : "What changed since the last version"),
      first ? el("p", { class: "lead" }, "All its clusters are new.") : [
        el("section", {}, el("h2", {}, "Users"), users(found)),
        el("section", {}, el("h2", {}, "Clusters"), clusters(found))],
      el("section", {}, el("h2", {}, history.length === 1 ? "Versions" : `The last ${history.length} versions`), versions(history))] };
  }

  return { changes };
})();
