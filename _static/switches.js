// Nets of modular addition with parts switched off: the logits of one pair, the loss over all pairs, and which of them
// are right; of one net (circles/figures/switches.py), and of several beside each other (switches_beside.py).
(function () {
  "use strict";

  const TableNet = (carried) => new (window.circlesNets(window.circlesProducts).TableNet)(carried);
  const programs = (window.circlesPrograms ??= {});

  programs.switches = {
    net: TableNet,
    start: (tools) => {
      const { net, of, view, say, answer, small } = tools;
      const keyOn = (k) => Boolean(of(`key${k}`));
      net.asked ??= { of: "", net }; // what was computed outlives a change of theme
      return asked(tools, [net.asked], keyOn, (a, b, [found]) => {
        view.circles = { logits: Array.from(found.logits), loss: found.loss, count: found.count };
        const all = `Over all pairs: loss ${small(found.loss)} nats, ${share(found.count, net.p)} right.`;
        say(`${answer(net, a, b, found.logits).words} ${all}`);
      });
    },
  };

  // A table's name begins with its net's; `nets` has them in the order of the picture, with their key frequencies.
  programs.beside = {
    net({ tables, nets }) {
      const tracked = [...new Set(nets.flatMap(({ keys }) => keys))];
      const named = Object.entries(tables);
      const of = (name) => Object.fromEntries(
        named.filter(([one]) => one.startsWith(`${name}/`)).map(([one, x]) => [one.slice(name.length + 1), x]));
      const found = nets.map(({ name, keys }, i) => ({ name, of: `${i}`, net: TableNet({ tables: of(name), keys, tracked }) }));
      return { p: found[0].net.p, nets: found };
    },
    start: (tools) => {
      const { net: { p, nets }, of, view, say, answer, small } = tools;
      const keyOn = (k) => k !== Number(of("without"));
      return asked(tools, nets, keyOn, (a, b, all) => {
        view.circles = Object.fromEntries(
          nets.map(({ name }, i) => [name, { logits: Array.from(all[i].logits), loss: all[i].loss, count: all[i].count }]));
        const each = nets.map(({ name, net }, i) => {
          const { best } = answer(net, a, b, all[i].logits);
          return `${name} says ${best}, loss ${small(all[i].loss)}, ${all[i].count.toLocaleString("en")} right`;
        });
        say(`${a} + ${b} mod ${p} is ${(a + b) % p}. ${each.join("; ")}. (Losses in nats, of ${(p * p).toLocaleString("en")} pairs.)`);
      });
    },
  };

  const share = (count, p) => `${count.toLocaleString("en")} of ${(p * p).toLocaleString("en")}`;

  // What is done after each move: every net is asked about the pair, and about all pairs where the switches moved.
  function asked({ net: { p }, view, say, of, look, busy, token, picture }, nets, keyOn, tell) {
    return async (stale) => {
      const [a, b] = [token(of("a"), p), token(of("b"), p)];
      const restOn = Boolean(of("rest"));
      let paused = performance.now();
      const rest = (done, words) => async (rows) => {
        if (performance.now() - paused < 40) return stale();
        say(`${words}: ${Math.round((100 * (done + rows / p)) / nets.length)}%`);
        await new Promise((go) => setTimeout(go));
        paused = performance.now();
        return stale();
      };
      const found = [];
      for (const [i, one] of nets.entries()) {
        const headOn = Array.from({ length: one.net.heads }, (_, h) => Boolean(of(`head${h}`)));
        const heads = headOn.join();
        if (one.heads !== heads) {
          busy(true);
          const all = await one.net.all((h) => headOn[h], rest(i, `Computing all ${(p * p).toLocaleString("en")} pairs`));
          if (!all) return;
          Object.assign(one, { heads, all }); // one set of heads takes 12 MB
        }
        const switches = { keyOn, restOn };
        const which = [heads, ...one.net.tracked.map(keyOn), restOn].join();
        if (one.which !== which) {
          busy(true);
          const scored = await one.net.score(one.all, switches, rest(i, "Comparing all answers"));
          if (!scored) return;
          Object.assign(one, { which, scored });
        }
        const logits = one.net.logits(one.all, a, b, switches, new Float64Array(p));
        found.push({ ...one.scored, logits });
      }
      nets.forEach((one, i) => {
        const { logits, right, loss, count } = found[i];
        view.data(`logits${one.of}`, Array.from(logits, (logit, c) => ({ c, logit })));
        view.data(`answer${one.of}`, [{ c: (a + b) % p }]).data(`pair${one.of}`, [{ a, b }]);
        view.data(`table${one.of}`, [{ url: picture(right, p, look), x: p / 2, y: p / 2 }]);
        if (one.of) view.data(`loss${one.of}`, [{ loss, count }]);
      });
      await view.runAsync();
      tell(a, b, found);
    };
  }
})();
