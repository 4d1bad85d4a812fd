/* The clusters: the list beside the map, a cluster, the cards, the tree. */
"use strict";

Reelhouse.clusters = (function () {
  const { el, lists, catalogue } = Reelhouse;

  const bySize = () => [...catalogue.overview().clusters].sort((a, b) => b.size - a.size || a.id - b.id);

  const EVENTS = {
    born: "New in this version", kept: "Kept from the version before",
    split: "Split off in this version", merged: "Merged in this version",
  };

  /* ---- beside the map ---- */

  function overview() {
    const { counts, moved, titles, clusters } = catalogue.overview();
    const largest = Math.max(1, ...clusters.map((one) => one.size));
    const row = (one) => el("li", {},
      el("a", { href: `#/cluster/${one.id}`,
        onmouseenter: () => Reelhouse.map.mark({ clusters: new Set([one.id]) }),
        onmouseleave: () => Reelhouse.map.mark({}),
        onfocus: () => Reelhouse.map.mark({ clusters: new Set([one.id]) }),
        onblur: () => Reelhouse.map.mark({}) },
      el("span", { class: "row-name" }, Reelhouse.colours.dot(one.id), el("span", {}, one.name)),
      el("span", { class: "figure" }, Reelhouse.count(one.size)),
      lists.bar(one.size / largest, one.id)));
    return { name: null, nodes: [
      el("p", { class: "kicker" }, changed(counts, moved)),
      el("h1", { tabindex: "-1" }, `${Reelhouse.counted(titles, "title")} in ${Reelhouse.counted(clusters.length, "cluster")}`),
      el("ul", { class: "cluster-list" }, bySize().map(row))] };
  }

  function changed(counts, moved) {
    const told = [...["added", "removed", "edited"].map((kind) => [counts[`titles_${kind}`] || 0, kind]), [moved, "moved"]]
      .filter(([n]) => n).map(([n, kind]) => `${Reelhouse.count(n)} ${kind}`);
    return told.length ? told.join(", ") : "Nothing changed";
  }

  function neighbours(cluster, most) {
    return el("ul", { class: "plain-list" }, cluster.neighbours.slice(0, most).map(([id, distance]) =>
      el("li", {}, lists.clusterLink(id), el("span", { class: "about" }, `likeness ${(1 - distance).toFixed(2)}`))));
  }

  const terms = (cluster, most) => el("ul", { class: "terms" }, cluster.terms.slice(0, most).map((term) => el("li", {}, term)));

  function one(cluster) {
    Reelhouse.map.mark({ clusters: new Set([cluster.id]) });
    return { name: cluster.name, nodes: [
      el("p", { class: "crumbs" }, el("a", { href: "#/" }, "All clusters")),
      el("p", { class: "kicker" }, Reelhouse.colours.dot(cluster.id), Reelhouse.counted(cluster.size, "title")),
      el("h1", { tabindex: "-1" }, cluster.name),
      terms(cluster, 12),
      lists.facts([
        ["Cluster number", String(cluster.id)],
        ["Identity", EVENTS[cluster.event] || cluster.event],
        ["Mean likeness", cluster.meanDistance === null ? null : (1 - cluster.meanDistance).toFixed(2)],
        ["Silhouette", cluster.silhouette === null ? null : cluster.silhouette.toFixed(2)],
      ]),
      cluster.examples.length ? el("section", {}, el("h2", {}, "Typical titles"),
        el("ul", { class: "plain-list" }, cluster.examples.map((at) => el("li", {}, lists.titleLink(at))))) : null,
      el("section", {}, el("h2", {}, "Nearest clusters"), neighbours(cluster, 5)),
      el("section", {}, el("h2", {}, "All its titles"), lists.titles(cluster.start, cluster.stop))] };
  }

  /* ---- cards ---- */

  function card(cluster) {
    return el("li", { class: "card" },
      el("h2", {}, lists.clusterLink(cluster.id)),
      el("p", { class: "quiet" }, Reelhouse.counted(cluster.size, "title")),
      terms(cluster, 8),
      el("h3", {}, "Typical titles"),
      el("ul", { class: "plain-list" }, cluster.examples.slice(0, 3).map((at) => el("li", {}, lists.titleLink(at)))),
      el("h3", {}, "Nearest clusters"),
      neighbours(cluster, 3));
  }

  function cards() {
    const { clusters, died } = catalogue.overview();
    return { name: "Clusters", nodes: [
      el("h1", { tabindex: "-1" }, Reelhouse.counted(clusters.length, "cluster")),
      el("p", { class: "lead" }, "The largest first. A cluster keeps its number and its colour from version to version."),
      el("ul", { class: "cards" }, bySize().map(card)),
      died.length ? el("p", { class: "quiet" }, `Gone since the version before: ${died.map((one) => one.name).join(", ")}.`) : null] };
  }

  /* ---- the tree ---- */

  function branch(node, below, depth) {
    const inside = (below.get(node.id) || []).sort((a, b) => b.size - a.size);
    const size = el("span", { class: "about" }, Reelhouse.counted(node.size, "title"));
    if (!inside.length) return el("li", { class: "leaf" }, lists.clusterLink(node.cluster), size);
    return el("li", {}, el("details", { open: depth < 4 }, el("summary", {}, node.name, " ", size),
      el("ul", {}, inside.map((child) => branch(child, below, depth + 1)))));
  }

  async function tree() {
    const nodes = await Reelhouse.data.load("tree");
    const below = new Map();
    nodes.forEach((node) => below.set(node.parent, [...(below.get(node.parent) || []), node]));
    const roots = below.get(null) || [];
    const open = (all) => document.querySelectorAll(".tree details").forEach((node) => { node.open = all; });
    return { name: "Tree", nodes: [
      el("h1", { tabindex: "-1" }, "The tree of clusters"),
      el("p", { class: "lead" }, "Families of clusters that are alike, as the last fit saw them."),
      roots.length ? el("p", { class: "buttons" },
        el("button", { type: "button", onclick: () => open(true) }, "Open all"),
        el("button", { type: "button", onclick: () => open(false) }, "Close all")) : null,
      roots.length ? el("ul", { class: "tree" }, roots.map((root) => branch(root, below, 0)))
        : el("p", { class: "quiet" }, "This version has no tree; the next refit makes one.")] };
  }

  return { overview, one, cards, tree };
})();
