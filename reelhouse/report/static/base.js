/* What every part of the page uses: elements, figures, and data from script files. */
"use strict";

const Reelhouse = {};

/* ---- the colours that were chosen last, before anything is drawn ---- */

Reelhouse.theme = (function () {
  const KEY = "reelhouse-theme";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const listeners = [];

  function kept() {
    try {
      return window.localStorage.getItem(KEY);
    } catch (error) {
      return null; // A browser may refuse storage to pages from a disk.
    }
  }

  let chosen = kept();

  function isDark() {
    return chosen ? chosen === "dark" : dark.matches;
  }

  function show() {
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    listeners.forEach((listener) => listener());
  }

  function toggle() {
    chosen = isDark() ? "light" : "dark";
    try {
      window.localStorage.setItem(KEY, chosen);
    } catch (error) {
      // It holds until the page is closed.
    }
    show();
  }

  dark.addEventListener("change", show);
  show();
  return { isDark, toggle, onChange: (listener) => listeners.push(listener) };
})();

/* ---- elements: texts of the data only ever become text nodes ---- */

/** An element with attributes and children; strings become text. */
Reelhouse.el = function (tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined
    && child !== false).map((child) => (child instanceof Node ? child : String(child))));
  return node;
};

/* ---- figures ---- */

Reelhouse.count = (n) => Number(n).toLocaleString("en");
Reelhouse.counted = (n, word) => `${Reelhouse.count(n)} ${word}${n === 1 ? "" : "s"}`;
Reelhouse.share = (x) => `${(100 * x).toFixed(x < 0.1 ? 1 : 0)} %`;
Reelhouse.day = function (iso) {
  const [year, month, day] = iso.split("-").map(Number);
  const months = "January February March April May June July August September October November December";
  return `${day} ${months.split(" ")[month - 1]} ${year}`;
};
Reelhouse.listed = function (words) {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
};

/* ---- data: a page from a disk may load scripts, and nothing else ---- */

Reelhouse.data = (function () {
  const NAME = /^[a-z]+(-\d{3,})?$/;
  const values = new Map();
  const waiting = new Map();

  /** Called by every file of data with its own name. */
  window.reelhouseData = function (name, value) {
    if (!NAME.test(name)) throw new Error(`no file of data is called ${name}`);
    if (!values.has(name)) values.set(name, value);
  };

  function script(address) {
    return new Promise((resolve, reject) => {
      const node = document.createElement("script");
      node.src = address;
      node.onload = resolve;
      node.onerror = () => reject(new Error(`${address} cannot be loaded`));
      document.head.append(node);
    });
  }

  /** Promise of a file's value; each file is loaded once. */
  function load(name) {
    if (values.has(name)) return Promise.resolve(values.get(name));
    if (!waiting.has(name)) {
      const loaded = script(`data/${name}.js`).then(() => {
        if (!values.has(name)) throw new Error(`data/${name}.js does not hold ${name}`);
        return values.get(name);
      });
      loaded.catch(() => waiting.delete(name)); // The next one who asks tries again.
      waiting.set(name, loaded);
    }
    return waiting.get(name);
  }

  /** A value that is loaded, or undefined. */
  const held = (name) => values.get(name);

  const numbered = (kind, number) => `${kind}-${String(number).padStart(3, "0")}`;

  return { load, held, numbered, script };
})();

/* ---- titles and clusters by their numbers ---- */

Reelhouse.catalogue = (function () {
  let overview;
  let byId;

  function start() {
    overview = Reelhouse.data.held("overview");
    byId = new Map(overview.clusters.map((cluster) => [cluster.id, cluster]));
    return overview;
  }

  const filled = () => overview.clusters.filter((cluster) => cluster.stop > cluster.start);

  /** The cluster of a title: titles are numbered cluster by cluster. */
  function clusterOf(at) {
    const clusters = filled();
    let low = 0;
    let high = clusters.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (clusters[middle].start <= at) low = middle;
      else high = middle - 1;
    }
    return clusters[low];
  }

  function within(file, step, at) {
    const inside = at % step;
    return (column) => file[column][inside];
  }

  /** Promise of id, name, year and kind of a title. */
  async function named(at) {
    const step = overview.namesPerFile;
    const file = await Reelhouse.data.load(Reelhouse.data.numbered("names", Math.floor(at / step)));
    const of = within(file, step, at);
    return { at, id: of("ids"), name: of("names") || of("ids"), year: of("years"), show: of("shows") === 1 };
  }

  /** Promise of what a title's page tells. */
  async function details(at) {
    const step = overview.titlesPerFile;
    const file = await Reelhouse.data.load(Reelhouse.data.numbered("titles", Math.floor(at / step)));
    const of = within(file, step, at);
    const found = { parts: file.parts || [] };
    for (const column of Object.keys(file)) if (column !== "parts") found[column] = of(column);
    return found;
  }

  /** Promise of all files of names, in order. */
  function allNames() {
    const n = Math.ceil(overview.shown / overview.namesPerFile);
    return Promise.all(Array.from({ length: n }, (_, number) =>
      Reelhouse.data.load(Reelhouse.data.numbered("names", number))));
  }

  /** Promise of the number of the title with an id, or -1. */
  async function find(id) {
    const files = await allNames();
    for (let number = 0; number < files.length; number += 1) {
      const at = files[number].ids.indexOf(id);
      if (at >= 0) return number * overview.namesPerFile + at;
    }
    return -1;
  }

  return {
    start, clusterOf, named, details, allNames, find,
    overview: () => overview,
    cluster: (id) => byId.get(id),
    clusterName: (id) => (byId.get(id) || overview.died.find((one) => one.id === id) || { name: `Cluster ${id}` }).name,
  };
})();
