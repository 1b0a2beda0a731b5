// Nets of modular addition with parts switched off: the logits of one pair, the loss over all pairs, and which of them
// are right; of one net (circles/figures/switches.py), of several beside each other (switches_beside.py), and of one at
// many moments of its training (moments.py).
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
      return asked(tools, () => [net.asked], keyOn, (a, b, [found]) => {
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
      const found = nets.map(({ name, keys }, i) =>
        ({ name, of: `${i}`, net: TableNet({ tables: ofOne(tables, name), keys, tracked }) }));
      return { p: found[0].net.p, nets: found };
    },
    start: (tools) => {
      const { net: { p, nets }, of, view, say, answer, small } = tools;
      const keyOn = (k) => k !== Number(of("without"));
      const losses = (all) => all.forEach(({ loss, count }, i) => view.data(`loss${nets[i].of}`, [{ loss, count }]));
      return asked(tools, () => nets, keyOn, (a, b, all) => {
        view.circles = Object.fromEntries(
          nets.map(({ name }, i) => [name, { logits: Array.from(all[i].logits), loss: all[i].loss, count: all[i].count }]));
        const each = nets.map(({ name, net }, i) => {
          const { best } = answer(net, a, b, all[i].logits);
          return `${name} says ${best}, loss ${small(all[i].loss)}, ${all[i].count.toLocaleString("en")} right`;
        });
        say(`${a} + ${b} mod ${p} is ${(a + b) % p}. ${each.join("; ")}. (Losses in nats, of ${(p * p).toLocaleString("en")} pairs.)`);
      }, losses);
    },
  };

  // A table's name begins with its epoch, one of `moments`: the net of that moment is made when it is first asked for.
  programs.moments = {
    net({ tables, keys, moments }) {
      const known = window.circlesProducts.unpack(tables.known);
      const made = new Map();
      const at = (epoch) => {
        if (!made.has(epoch)) made.set(epoch, { of: "", net: TableNet({ tables: ofOne(tables, epoch), keys }) });
        return made.get(epoch);
      };
      return { p: known.shape[0], known: known.data, at: (moment) => at(moments[moment]) };
    },
    start: (tools) => {
      const { net: { p, known, at }, of, view, say, answer, small } = tools;
      const keyOn = (k) => Boolean(of(`key${k}`));
      const sides = ({ each, right }) => ["test", "train"].map((measure, side) => {
        const mine = Array.from(known.keys()).filter((i) => known[i] === side);
        const sum = (values) => mine.reduce((all, i) => all + values[i], 0);
        return { measure, value: sum(each) / mine.length, count: sum(right), many: mine.length };
      });
      const now = ([found]) => view.data("now", sides(found).map(({ measure, value }) => ({ epoch: of("epoch"), measure, value })));
      return asked(tools, () => [at(of("moment"))], keyOn, (a, b, [found]) => {
        const [test, train] = sides(found);
        const epoch = of("epoch");
        view.circles = { epoch, logits: Array.from(found.logits), train, test };
        const told = ({ value, count, many }) => `loss ${small(value)}, ${Math.floor((100 * count) / many)}% right`; // 100% is all
        const { best } = answer({ p }, a, b, found.logits);
        const verdict = best === (a + b) % p ? "right" : "wrong"; // short: a phone shows losses and table below it
        say(`Epoch ${epoch.toLocaleString("en")}. Training: ${told(train)}. Test: ${told(test)}. ${a} + ${b}: ${best}, ${verdict}.`);
      }, now);
    },
  };

  // The tables of one of several nets: those whose names begin with its name.
  function ofOne(tables, name) {
    const mine = Object.entries(tables).filter(([one]) => one.startsWith(`${name}/`));
    return Object.fromEntries(mine.map(([one, x]) => [one.slice(`${name}/`.length), x]));
  }

  const share = (count, p) => `${count.toLocaleString("en")} of ${(p * p).toLocaleString("en")}`;

  // What is done after each move: every net of `asks` is asked about the pair, and about all pairs where the switches
  // moved. `draw` puts more into the picture than all of these have.
  function asked({ net: { p, known }, view, say, of, look, busy, token, picture }, asks, keyOn, tell, draw = () => {}) {
    return async (stale) => {
      const nets = asks();
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
        const { logits, right } = found[i];
        view.data(`logits${one.of}`, Array.from(logits, (logit, c) => ({ c, logit })));
        view.data(`answer${one.of}`, [{ c: (a + b) % p }]).data(`pair${one.of}`, [{ a, b }]);
        view.data(`table${one.of}`, [{ url: picture(right, p, look, known), x: p / 2, y: p / 2 }]);
      });
      draw(found);
      await view.runAsync();
      tell(a, b, found);
    };
  }
})();
