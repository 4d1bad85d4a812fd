/* Search with completion: titles and clusters, by any part of their names. */
"use strict";

Reelhouse.search = (function () {
  const { el } = Reelhouse;
  const MOST = 12;
  const MOST_CLUSTERS = 3;
  let source;
  let input;
  let list;
  let told;
  let index = null;
  let active = -1;
  let hits = [];

  /** A name as it is compared: small letters without accents, signs as spaces. */
  function plain(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
      .replace(/['’]/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  }

  async function makeIndex() {
    index = await source.names();
  }

  /** How well a name answers a question: 0 is the same, 4 is not at all. */
  function rank(name, wanted) {
    const at = name.indexOf(wanted);
    if (at < 0) return 4;
    if (at === 0) return name.length === wanted.length ? 0 : 1;
    return name[at - 1] === " " ? 2 : 3;
  }

  function ranked(names, wanted, most) {
    const found = [[], [], [], []];
    for (const one of names) {
      const class_ = rank(one.plain, wanted);
      if (class_ < 4) found[class_].push(one);
    }
    const order = (a, b) => a.plain.length - b.plain.length || (a.plain < b.plain ? -1 : 1);
    const best = [];
    for (const [number, class_] of found.entries()) {
      // Within a word a name is looked for only when little begins with what was typed.
      if (best.length >= (number < 3 ? most : MOST_CLUSTERS)) break;
      best.push(...class_.sort(order).slice(0, most - best.length));
    }
    return best;
  }

  function find(text) {
    const wanted = plain(text);
    if (!wanted || !index) return [];
    const clusters = Reelhouse.catalogue.overview().clusters
      .map((cluster) => ({ cluster, plain: plain(cluster.name) }));
    return [...ranked(clusters, wanted, MOST_CLUSTERS), ...ranked(index, wanted, MOST)].slice(0, MOST);
  }

  function row(hit, number) {
    const attributes = { role: "option", id: `found-${number}`, "aria-selected": "false",
      onmousedown: (event) => { event.preventDefault(); go(hit); } };
    if (hit.cluster) {
      return el("li", attributes, Reelhouse.colours.dot(hit.cluster.id),
        el("span", { class: "found-name" }, hit.cluster.name),
        el("span", { class: "found-about" }, `cluster of ${Reelhouse.counted(hit.cluster.size, source.members)}`));
    }
    const { title } = source;
    const dot = title.cluster ? Reelhouse.colours.dot(title.cluster(hit)) : el("span", {});
    return el("li", attributes, dot, el("span", { class: "found-name" }, title.name(hit)),
      el("span", { class: "found-about" }, title.about(hit)));
  }

  function go(hit) {
    close();
    input.value = "";
    input.blur();
    window.location.hash = hit.cluster ? `#/cluster/${hit.cluster.id}` : source.title.address(hit);
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  }

  function choose(number) {
    active = hits.length ? (number + hits.length) % hits.length : -1;
    [...list.children].forEach((node, at) => node.setAttribute("aria-selected", String(at === active)));
    if (active >= 0) {
      input.setAttribute("aria-activedescendant", `found-${active}`);
      list.children[active].scrollIntoView({ block: "nearest" });
    }
  }

  async function answer() {
    const text = input.value;
    if (!plain(text)) return close();
    if (!index) await makeIndex();
    if (text !== input.value) return undefined; // More was typed meanwhile.
    hits = find(text);
    active = -1;
    list.replaceChildren(...(hits.length ? hits.map(row)
      : [el("li", { class: "nothing", role: "option", "aria-disabled": "true", "aria-selected": "false" }, `No title is called “${text}”`)]));
    list.hidden = false;
    list.dataset.answers = text;
    input.setAttribute("aria-expanded", "true");
    told.textContent = hits.length ? `${hits.length} found` : "Nothing found";
    return undefined;
  }

  function onKey(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) answer();
      else choose(active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1));
    } else if (event.key === "Enter" && hits.length && !list.hidden) {
      event.preventDefault();
      go(hits[Math.max(active, 0)]);
    } else if (event.key === "Escape") {
      close();
    }
  }

  /** Begin to listen.
   *
   * A source has `names`, which promises entries with a `plain` name; `title`, which says of an entry its
   * name, what it is, its address and perhaps its cluster; what `members` of a cluster are called; and
   * whether the names are few enough to be loaded `early`. */
  function start(found) {
    source = found;
    input = document.getElementById("search");
    list = document.getElementById("found");
    told = document.getElementById("found-count");
    input.addEventListener("input", answer);
    input.addEventListener("focus", () => { if (!index) makeIndex(); });
    input.addEventListener("keydown", onKey);
    input.addEventListener("blur", close);
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
        event.preventDefault();
        input.focus();
      }
    });
    // What is small is ready before anybody types.
    const soon = window.requestIdleCallback || ((act) => window.setTimeout(act, 500));
    if (source.early) soon(() => { if (!index) makeIndex(); });
  }

  return { start, plain };
})();
