// Ridge regression with a kernel whose frequencies are chosen, or sampled: the programs of circles/figures/regressions.py.
(function () {
  "use strict";

  const programs = (window.circlesPrograms ??= {});

  // The solution of A x = y for a symmetric positive A, an array of rows, by its Cholesky factor.
  function solve(A, y) {
    const n = y.length;
    const L = A.map((row) => Float64Array.from(row));
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        let sum = A[i][j];
        for (let k = 0; k < j; k++) sum -= L[i][k] * L[j][k];
        L[i][j] = i === j ? Math.sqrt(sum) : sum / L[j][j];
      }
    const x = Float64Array.from(y);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) x[i] -= L[i][k] * x[k];
      x[i] /= L[i][i];
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) x[i] -= L[k][i] * x[k];
      x[i] /= L[i][i];
    }
    return x;
  }

  // What ridge regression says at the points `to`, having seen y at the points `from`.
  function fitted(kernel, from, y, to, ridge) {
    const K = from.map((x, i) => from.map((z, j) => kernel(x, z) + (i === j ? ridge : 0)));
    const coefficients = solve(K, y);
    return to.map((x) => from.reduce((sum, z, j) => sum + kernel(x, z) * coefficients[j], 0));
  }

  const range = (n) => Array.from({ length: n }, (_, i) => i);
  const root = (values) => Math.sqrt(values.reduce((sum, one) => sum + one * one, 0) / values.length);
  const apart = (x, y) => Math.max(...x.map((one, i) => Math.abs(one - y[i])));

  function carried({ tables }) {
    const { unpack } = window.circlesProducts;
    return { p: 1, t: Object.fromEntries(Object.entries(tables).map(([name, packed]) => [name, unpack(packed)])) };
  }

  // A circle of p points and a kernel with these frequencies, each as large as the others.
  programs.circulant = {
    net: carried,
    start({ net, view, say, of, small }) {
      const { target, noisy, trained } = net.t;
      const p = target.data.length;
      const every = range(p);
      const seen = every.filter((x) => trained.data[x] > 0.5);
      const unseen = every.filter((x) => trained.data[x] < 0.5);
      return async () => {
        const chosen = range(p / 2 + 1).filter((f) => of(`f${f}`));
        const many = chosen.reduce((sum, f) => sum + (f === 0 || 2 * f === p ? 1 : 2), 0);
        const column = every.map((d) =>
          chosen.reduce((sum, f) => sum + (f === 0 || 2 * f === p ? 1 : 2) * Math.cos((2 * Math.PI * ((f * d) % p)) / p), 0) / (many || 1));
        const kernel = (x, y) => column[(x - y + p) % p];
        const ridge = 10 ** of("ridge");
        const fit = fitted(kernel, seen, seen.map((x) => noisy.data[x]), every, ridge);
        const errors = {
          "noisy points seen": root(seen.map((x) => fit[x] - noisy.data[x])),
          "truth at the others": root(unseen.map((x) => fit[x] - target.data[x])),
        };
        view.data("kernel", range(p + 1).map((d) => ({ difference: d - p / 2, value: kernel(d, p / 2) })));
        view.data("matrix", every.flatMap((i) => every.map((j) => ({ i, j, value: kernel(i, j) }))));
        view.data("fit", every.map((x) => ({ x, value: fit[x] })));
        view.data("errors", Object.entries(errors).map(([what, value]) => ({ what, value })));
        await view.runAsync();
        const [near, far] = Object.values(errors);
        say(`${chosen.length} of ${p / 2 + 1} frequencies, ridge ${small(ridge)}: the fit is off by ${small(near)} at the ` +
          `${seen.length} noisy points that it saw, and by ${small(far)} from the truth at the other ${unseen.length}.`);
        view.circles = { column, fit, errors: [near, far] };
      };
    },
  };

  // A kernel on a line, and the mean of cosines that random frequencies make of it.
  programs.features = {
    net: carried,
    start({ net, view, say, of, small }) {
      const { line, seen, noisy, sizes } = net.t;
      const [grid, from, y] = [line, seen, noisy].map((one) => Array.from(one.data));
      const count = sizes.data.length;
      const half = (n) => Math.round(sizes.data[n]) / 2;
      const exact = { Gaussian: (d) => Math.exp((-d * d) / 2), Laplace: (d) => Math.exp(-Math.abs(d)) };
      // The frequencies of a draw with D features: those of all sizes stand one after the other.
      const drawn = (name, draw, n) => {
        const [whole, rest] = [net.t[name], net.t[`${name} rest`].data];
        const from = draw * whole.shape[1] + range(n).reduce((sum, i) => sum + half(i), 0);
        return range(half(n)).map((i) => Math.round(whole.data[from + i]) + rest[from + i]);
      };
      const mean = (omega) => (x, z) => {
        let sum = 0;
        for (const one of omega) sum += Math.cos(one * (x - z));
        return sum / omega.length;
      };
      const known = new Map();
      const all = (name, draw, ridge) => {
        const key = `${name} ${draw} ${ridge}`;
        if (!known.has(key)) {
          const own = (x, z) => exact[name](x - z);
          const truth = { kernel: grid.map((x) => own(x, 0)), fit: fitted(own, from, y, grid, ridge) };
          const found = range(count).map((n) => {
            const k = mean(drawn(name, draw, n));
            return { kernel: grid.map((x) => k(x, 0)), fit: fitted(k, from, y, grid, ridge) };
          });
          known.clear();
          known.set(key, { truth, found });
        }
        return known.get(key);
      };
      return async () => {
        const [name, draw, ridge, D] = [of("kernel"), of("draw"), 10 ** of("ridge"), of("D")];
        const n = Array.from(sizes.data, Math.round).indexOf(D);
        const { truth, found } = all(name, draw, ridge);
        const lines = (what) => grid.flatMap((x, i) => [
          { x, of: "the kernel", value: truth[what][i] }, { x, of: "random features", value: found[n][what][i] }]);
        const errors = found.map((one, i) => ({ D: Math.round(sizes.data[i]), kernel: apart(one.kernel, truth.kernel), fit: apart(one.fit, truth.fit) }));
        view.data("kernel_lines", lines("kernel")).data("fit_lines", lines("fit"));
        view.data("drawn", Array.from(drawn(name, draw, n), (omega) => ({ omega })));
        view.data("errors", errors.flatMap(({ D: size, kernel, fit }) => [
          { D: size, what: "the kernel", value: kernel }, { D: size, what: "the fit", value: fit }]));
        await view.runAsync();
        say(`${name} kernel, ${D / 2} frequencies (D = ${D}), draw ${draw}: the largest error of the kernel is ${small(errors[n].kernel)}, ` +
          `and the fit is ${small(errors[n].fit)} off the kernel's own at most.`);
        view.circles = { ...found[n], errors };
      };
    },
  };
})();
