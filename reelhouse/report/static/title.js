/* A title: what it is, why it is in its cluster, what comes next and why. */
"use strict";

Reelhouse.title = (function () {
  const { el, lists, catalogue } = Reelhouse;
  const AT_FIRST = 8;

  function length(details) {
    if (details.duration_minutes) return `${details.duration_minutes} minutes`;
    return details.seasons ? Reelhouse.counted(details.seasons, "season") : null;
  }

  const names = (values, most) => {
    const all = values || [];
    const more = all.length > most ? ` and ${all.length - most} more` : "";
    return all.slice(0, most).join(", ") + more;
  };

  function about(named, details) {
    return [
      el("p", { class: "kicker" }, [named.show ? "TV show" : "Movie", named.year, length(details), details.rating]
        .filter(Boolean).join(" · ")),
      el("h1", { tabindex: "-1" }, named.name),
      details.description && el("p", { class: "blurb" }, details.description),
      lists.facts([
        ["Directed by", names(details.director, 4)],
        ["With", names(details.cast, 6)],
        ["Genres", names(details.listed_in, 6)],
        ["Country", names(details.country, 6)],
        ["In the catalogue since", details.added && Reelhouse.day(details.added)],
        ["Repaired while read", names(details.repaired, 9)],
      ]),
    ];
  }

  /* ---- why this cluster ---- */

  function parts(details, flat, least) {
    const rows = [];
    for (let at = 0; at < (flat || []).length; at += 2) {
      rows.push(el("li", {}, el("span", {}, details.parts[flat[at]]), lists.bar(flat[at + 1] / least),
        el("span", { class: "figure" }, flat[at + 1].toFixed(2))));
    }
    return rows.length ? el("ul", { class: "weights" }, rows) : null;
  }

  function side(details, word, id, distance, flat) {
    return el("div", { class: "side" },
      el("h3", {}, word),
      el("p", {}, lists.clusterLink(id), distance === null ? null
        : el("span", { class: "about" }, `likeness ${(1 - distance).toFixed(2)}`)),
      parts(details, flat, Math.max(0.05, 1 - (details.distance || 0))));
  }

  /** What happened to it since the version before, a sentence for each change. */
  function happened(details) {
    const sentences = {
      added: () => "New in this version.",
      edited: (one) => `Edited in this version: ${one.fields.map((field) => field.replace(/_/g, " ")).join(", ")}.`,
      moved: (one) => ["Moved here in this version, from ", lists.clusterLink(one.from), "."],
    };
    return details.happened.filter((one) => sentences[one.change])
      .map((one) => el("p", { class: "quiet" }, sentences[one.change](one)));
  }

  function why(at, details) {
    const cluster = catalogue.clusterOf(at);
    const verdict = details.outlier ? "No cluster fits it well: it is farther away than 99 % of the titles of its nearest one. " : "";
    const since = `Placed in version ${details.placed_in}.`;
    return el("section", {}, el("h2", {}, "Why this cluster"),
      side(details, "Its cluster", cluster.id, details.distance, details.why),
      details.second === null ? null
        : side(details, "The next nearest", details.second, details.second_distance, details.why_second),
      el("p", { class: "quiet" }, verdict + since), happened(details));
  }

  /* ---- what comes next ---- */

  /** What two titles have in common, in words. */
  function shared(one, other) {
    const common = (column, most) => (one[column] || []).filter((name) => (other[column] || []).includes(name)).slice(0, most);
    const told = [];
    const directors = common("director", 2);
    const cast = common("cast", 3);
    const genres = common("listed_in", 3);
    if (directors.length) told.push(`directed by ${Reelhouse.listed(directors)}`);
    if (cast.length) told.push(`with ${Reelhouse.listed(cast)}`);
    if (genres.length) told.push(genres.join(", "));
    if (!told.length) told.push(...common("country", 1));
    return told.length ? `Both: ${told.join("; ")}` : "";
  }

  function following(details, triples) {
    const rows = triples.map(([at, score, reason]) => {
      const common = el("p", { class: "common" });
      const fill = () => catalogue.details(at).then((other) => { common.textContent = shared(details, other); });
      return { at, fill, node: el("li", {}, el("div", {}, lists.titleLink(at),
        el("span", { class: "likeness", title: "Likeness, 100 is the same" }, String(score))),
        common, el("p", { class: "unseen" }, Reelhouse.catalogue.overview().reasons[reason])) };
    });
    rows.forEach(({ fill }) => fill());
    return el("ol", { class: "next" }, rows.map(({ node }) => node));
  }

  function nextTitles(details) {
    const triples = [];
    for (let at = 0; at < details.next.length; at += 3) triples.push(details.next.slice(at, at + 3));
    if (!triples.length) return el("section", {}, el("h2", {}, "What comes next"),
      el("p", { class: "quiet" }, "No title of this version is like it."));
    const { reasons } = catalogue.overview();
    const byReason = reasons.map((words, reason) => [words, triples.filter((one) => one[2] === reason)])
      .filter(([, some]) => some.length);
    return el("section", {}, el("h2", {}, "What comes next"),
      byReason.map(([words, some]) => [
        el("h3", {}, words.charAt(0).toUpperCase() + words.slice(1)),
        following(details, some.slice(0, AT_FIRST + 2))]));
  }

  /** Promise of the page of a title. */
  async function build(at) {
    const [named, details] = await Promise.all([catalogue.named(at), catalogue.details(at)]);
    const cluster = catalogue.clusterOf(at);
    const next = details.next.filter((_, place) => place % 3 === 0);
    Reelhouse.map.mark({ title: at, next, clusters: new Set([cluster.id]) });
    return { name: named.name, nodes: [
      el("p", { class: "crumbs" }, el("a", { href: "#/" }, "All clusters"), el("span", { "aria-hidden": "true" }, "/"), lists.clusterLink(cluster.id)),
      about(named, details), why(at, details), nextTitles(details)] };
  }

  return { build };
})();
