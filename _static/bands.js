// Waves taken from the number embeddings of the net that adds, and what it then answers: the program of
// circles/figures/bands.py.
(window.circlesPrograms ??= {}).bands = {
  net: (carried) => {
    const { Decoder } = window.circlesDecoders(window.circlesProducts);
    return new Decoder(carried);
  },

  start({ net, view, say, of, look, busy, token, small, picture }) {
    const { p, numbers } = net;
    const N = numbers - 1;
    const heldOut = net.w.held_out.data;
    const groups = net.w.groups.data; // of each component, which switch it goes with
    const names = ["low", "ten", "five", "twoandahalf", "two", "others"];
    const sizes = net.sizes();
    net.answered ??= new Map();

    const removed = () => {
      const [one, off] = [Math.round(of("one")), names.map((name) => !of(name))];
      return sizes.map((_, i) => i + 1).filter((k) => off[Math.round(groups[k - 1])] || k === one);
    };

    async function all(pairs, rows, stale) {
      const found = { right: new Uint8Array(p * p), errors: new Int16Array(p * p) };
      let paused = performance.now();
      for (let a = 0; a < p; a++)
        for (let b = 0; b < p; b++) {
          const { best } = window.circlesProducts.judge(net.logits(net.state(pairs, a, b), rows), a + b);
          found.right[a * p + b] = best === a + b;
          found.errors[a * p + b] = best - a - b;
          if (performance.now() - paused < 40) continue;
          say(`Computing all ${(p * p).toLocaleString("en")} pairs: ${Math.round((100 * a) / p)}%`);
          await new Promise((go) => setTimeout(go));
          paused = performance.now();
          if (stale()) return null;
        }
      return found;
    }

    return async (stale) => {
      const [a, b, where, without] = [token(of("a"), p), token(of("b"), p), of("where"), removed()];
      const whole = net.w.W_E.data;
      const less = net.without(whole, without);
      const [read, out] = [where === "answers" ? whole : less, where === "addends" ? whole : less];
      const pairs = net.prepared(read);
      const logits = net.logits(net.state(pairs, a, b), out);
      const off = new Set(without);
      view.data("waves", sizes.map((size, i) => ({ k: i + 1, period: N / (i + 1), size, kept: !off.has(i + 1) })));
      view.data("logits", Array.from(logits, (logit, c) => ({ c, logit }))).data("answer", [{ c: a + b }]).data("pair", [{ a, b }]);
      await view.runAsync();
      const name = `${where} ${without}`;
      if (!net.answered.has(name)) {
        busy(true);
        const found = await all(pairs, out, stale);
        if (!found) return;
        net.answered.set(name, found);
      }
      const { right, errors } = net.answered.get(name);
      const counts = new Map();
      for (const error of errors)
        if (error) counts.set(error, (counts.get(error) ?? 0) + 1);
      view.data("errors", [...counts].map(([error, count]) => ({ error, count })));
      view.data("table", [{ url: picture(right, p, look), x: p / 2, y: p / 2 }]);
      await view.runAsync();
      const sum = (ones) => ones.reduce((all, one) => all + one, 0);
      const count = sum(right);
      const mine = right.filter((_, i) => heldOut[i] > 0.5);
      const tens = errors.filter((error) => error && error % 10 === 0).length;
      const best = logits.indexOf(Math.max(...logits));
      const next = Math.max(...logits.filter((_, c) => c !== best));
      const verdict = best === a + b ? "right" : `wrong, it is ${a + b}`;
      const many = (x) => x.toLocaleString("en");
      say(`${a} + ${b}: the net says ${best}, ${verdict}; ${small(logits[best] - next)} ahead of the next. ` +
        `Without ${without.length} of ${sizes.length} waves ${many(count)} of ${many(p * p)} pairs are right, ` +
        `${many(sum(mine))} of the ${many(mine.length)} that it was not trained on; ` +
        `of ${many(p * p - count)} errors ${many(tens)} are whole tens.`);
      view.circles = { logits: Array.from(logits), count, heldOut: sum(mine), tens };
    };
  },
};
