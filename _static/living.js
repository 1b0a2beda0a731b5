// Pictures that compute: a chart whose controls move what a net on this page answers. The chart draws named data; a
// program below makes that data anew from the net's weights whenever a control is moved. Without scripts, and outside
// the book, the chart shows the data that it came with.
(function () {
  "use strict";

  const COLOURS = { light: ["#d55e00", "#8fc1e0"], dark: ["#ff8a4c", "#2a5a80"] };
  const NEAR = 8; // answers on either side of the right one, for whose waves there is room
  const ACROSS = 450; // pixels of the table's picture at least
  const nets = new Map();

  // The net of a name: its weights stand once on the page, whichever figures use them.
  function netOf(name, program) {
    if (!nets.has(name)) {
      const script = document.querySelector(`script.circles-net[data-net="${name}"]`);
      if (!script) throw new Error(`no net "${name}" on this page`);
      nets.set(name, program.net(JSON.parse(script.textContent)));
    }
    return nets.get(name);
  }

  // A program of this file or of another: `net` makes what it asks from the page's numbers, `start` returns what is
  // done after each move. The others put theirs under `window.circlesPrograms`, since scripts come in any order.
  function programOf(name) {
    const table = (carried) => new (window.circlesNets(window.circlesProducts).TableNet)(carried);
    const program = name in programs ? { net: table, start: programs[name] } : window.circlesPrograms?.[name];
    if (!program) throw new Error(`no program "${name}" on this page`);
    return program;
  }

  // A number of the net from a field that may hold anything.
  function token(value, p) {
    return Math.min(Math.max(Math.round(Number(value) || 0), 0), p - 1);
  }

  const small = (x) => (x !== 0 && Math.abs(x) < 0.001 ? x.toExponential(1).replace("-", "\u2212") : x.toPrecision(3));

  function answer(net, a, b, logits) {
    const sum = (a + b) % net.p;
    const { best } = window.circlesProducts.judge(logits, sum);
    const next = Math.max(...logits.filter((_, c) => c !== best));
    const verdict = best === sum ? "right" : `wrong, it is ${sum}`;
    return { best, words: `${a} + ${b} mod ${net.p}: the net says ${best}, ${verdict}; ${small(logits[best] - next)} nats ahead of the next.` };
  }

  const programs = {
    // One pair through the net: attention, what the neurons hold of each frequency, the waves of the logits.
    walk({ net, view, say, of }) {
      const { waves, dot } = window.circlesProducts;
      const { p, keys } = net;
      const bases = new Map(keys.map((k) => [k, waves(p, k)]));
      const centre = net.t.written_mean.data;
      return async () => {
        const [a, b, k] = [token(of("a"), p), token(of("b"), p), of("k")];
        const shares = Array.from({ length: net.heads }, (_, h) => net.attention(a, b, h));
        const attention = shares.flatMap((three, h) =>
          three.map((share, i) => ({ head: `head ${h}`, to: ["a", "b", "="][i], share })));
        const read = Array.from({ length: p }, (_, other) => {
          const { written } = net.pair(a, other);
          const [x, y] = bases.get(k).map((wave) => dot(wave, written) - dot(wave, centre));
          return { b: other, x, y };
        });
        const { past, written } = net.pair(a, b);
        const logits = past.map((x, c) => x + written[c]);
        const answered = (a + b) % p;
        const wave = (key, sizes, c) => {
          const turn = (2 * Math.PI * key * c) / p;
          return Math.sqrt(2 / p) * (sizes[0] * Math.cos(turn) + sizes[1] * Math.sin(turn));
        };
        const sizes = new Map(keys.map((key) => [key, bases.get(key).map((one) => dot(one, logits))]));
        const near = keys.flatMap((key) =>
          Array.from({ length: 8 * NEAR + 1 }, (_, i) => i / 4 - NEAR).map((step) =>
            ({ wave: `k = ${key}`, step, value: wave(key, sizes.get(key), answered + step) })));
        const sum = Array.from({ length: p }, (_, c) => keys.reduce((all, key) => all + wave(key, sizes.get(key), c), 0));
        const held = read[b].x / net.t.amplitude.data[keys.indexOf(k)];
        view.data("attention", attention).data("read", read).data("waves", near).data("held", [{ value: held }]);
        view.data("sum", sum.map((value, c) => ({ c, value }))).data("answer", [{ c: answered }]);
        await view.runAsync();
        const peak = sum.indexOf(Math.max(...sum));
        say(`${answer(net, a, b, logits).words} The waves of the ${keys.length} key frequencies alone are highest at ${peak}.`);
      };
    },
  };

  // The table of right answers, b to the right and a upwards, as a picture; pairs that are `known` are smaller.
  function picture(right, p, look, known = []) {
    const dot = Math.ceil(ACROSS / p);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = dot * p;
    const pen = canvas.getContext("2d");
    for (let i = 0; i < p * p; i++) {
      const edge = known[i] ? Math.round(dot / 4) : 0;
      const side = dot - 2 * edge;
      pen.fillStyle = COLOURS[look][right[i]];
      pen.fillRect(dot * (i % p) + edge, dot * (p - 1 - Math.floor(i / p)) + edge, side, side);
    }
    return canvas.toDataURL();
  }

  // The line above a picture that says what it shows, to whoever looks and to whoever listens.
  function sayer(chart) {
    let line = chart.parentElement.querySelector("output.circles-said");
    if (!line) {
      line = document.createElement("output");
      line.className = "circles-said";
      chart.before(line);
    }
    return line;
  }

  document.addEventListener("circles:drawn", ({ target: chart, detail: { view, spec, look } }) => {
    const script = chart.parentElement.querySelector("script.circles-living");
    if (!script) return;
    const named = JSON.parse(script.textContent);
    const program = programOf(named.program);
    const net = netOf(named.net, program);
    const line = sayer(chart);
    const say = (words) => (line.textContent = words);
    let asked = 0;
    const busy = (yes) => (chart.dataset.living = yes ? "computing" : `ready ${asked}`);
    const of = (name) => view.signal(name);
    const tools = { again: () => move(), answer, busy, chart, look, net, of, picture, say, small, token, view };
    const update = program.start(tools);
    for (const field of chart.parentElement.querySelectorAll(".circles-controls input[type=number]"))
      Object.assign(field, { min: 0, max: net.p - 1, step: 1, inputMode: "numeric" });
    chart.circlesView = view;
    const move = async () => {
      const mine = ++asked;
      const stale = () => mine !== asked || chart.circlesView !== view;
      busy(true);
      await new Promise((go) => setTimeout(go)); // several signals of one move, or of one redraw, ask once
      if (stale()) return;
      await update(stale);
      if (!stale()) busy(false);
    };
    for (const { name, bind } of spec.params ?? []) if (bind) view.addSignalListener(name, move);
    // The page is not kept waiting for a picture that nobody sees yet.
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      watch.disconnect();
      move();
    });
    watch.observe(chart);
  });
})();
