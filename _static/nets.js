// The one-layer net of modular addition from its tables (circles/analysis/tabled.py), with parts of it switched off.
// What its neurons write are logits; where a norm follows, it is the residual stream, `unembed` comes after the norm.
// A function of the products, since the page does not say in which order its scripts come.
window.circlesNets = function (products) {
  "use strict";

  const { unpack, add, addPositive, product, waves, dot, judge } = products;

  class TableNet {
    // `tracked` are frequencies that may be switched off: the key frequencies, unless others are to be as well.
    constructor({ tables, keys, tracked = keys }) {
      const t = Object.fromEntries(Object.entries(tables).map(([name, packed]) => [name, unpack(packed)]));
      if (t.unembed) t.to_neurons = product(t.past_neurons, t.read);
      this.t = t;
      this.keys = keys;
      this.tracked = tracked;
      [this.p, this.heads] = t.scores.shape;
      [this.neurons, this.wide] = t.readout.shape;
      this.stream = new Float64Array(this.wide);
      const each = t.values.shape[1] / this.heads;
      // What each head says to the neurons and past them, for each number; and what it adds for the second place.
      this.said = Array.from({ length: this.heads }, (_, h) => {
        const [from, to] = [h * each, (h + 1) * each];
        const both = (map) => ({
          first: product(t.values, map, from, to).data,
          later: product(t.later_value, map, from, to).data,
        });
        return { neurons: both(t.to_neurons), past: both(t.past_neurons) };
      });
      this.means = this.said.map((_, h) => this.meanOf(h));
    }

    // The shares that head h pays at = to a, b and =.
    attention(a, b, h) {
      const { scores, later_score: later } = this.t;
      const [x, y] = [scores.data[a * this.heads + h], scores.data[b * this.heads + h] + later.data[h]];
      const top = Math.max(x, y, 0);
      const shares = [Math.exp(x - top), Math.exp(y - top), Math.exp(-top)];
      const all = shares[0] + shares[1] + shares[2];
      return shares.map((share) => share / all);
    }

    speak(h, way, shares, a, b, out) {
      const { first, later } = this.said[h][way];
      add(out, first, a * out.length, shares[0]);
      add(out, first, b * out.length, shares[1]);
      add(out, later, 0, shares[1]);
    }

    // What a head says on the mean of all pairs: that it goes on saying when it is switched off.
    meanOf(h) {
      const { p } = this;
      const mean = { neurons: new Float64Array(this.neurons), past: new Float64Array(this.wide) };
      const weight = [new Float64Array(p), new Float64Array(p)];
      for (let a = 0; a < p; a++)
        for (let b = 0; b < p; b++) {
          const shares = this.attention(a, b, h);
          weight[0][a] += shares[0] / p ** 2;
          weight[1][b] += shares[1] / p ** 2;
        }
      for (const way of ["neurons", "past"])
        for (let x = 0; x < p; x++) this.speak(h, way, [weight[0][x], weight[1][x]], x, x, mean[way]);
      return mean;
    }

    // For one pair: what goes past the neurons, and what the neurons write.
    pair(a, b, headOn = () => true) {
      const hidden = Float64Array.from(this.t.neuron_bias.data);
      const past = Float64Array.from((this.t.stream_bias ?? this.t.logit_bias).data);
      for (let h = 0; h < this.heads; h++) {
        if (headOn(h)) {
          const shares = this.attention(a, b, h);
          this.speak(h, "neurons", shares, a, b, hidden);
          this.speak(h, "past", shares, a, b, past);
        } else {
          add(hidden, this.means[h].neurons, 0, 1);
          add(past, this.means[h].past, 0, 1);
        }
      }
      const written = new Float64Array(this.wide);
      addPositive(written, this.t.readout.data, hidden); // the ReLU
      return { past, written };
    }

    // All pairs with these heads, a row of the table at a time: `rest` lets the page breathe and may say stop.
    async all(headOn, rest) {
      const { p, wide } = this;
      const found = { past: new Float32Array(p * p * wide), written: new Float32Array(p * p * wide) };
      for (let a = 0; a < p; a++) {
        for (let b = 0; b < p; b++) {
          const one = this.pair(a, b, headOn);
          found.past.set(one.past, (a * p + b) * wide);
          found.written.set(one.written, (a * p + b) * wide);
        }
        if (await rest(a + 1)) return null;
      }
      return { ...found, ...this.components(found.written) };
    }

    // What the neurons write, as functions of (a, b): the mean, and for each tracked frequency k the coefficients of the
    // eight other products of {1, cos w_k a, sin w_k a} and {1, cos w_k b, sin w_k b}.
    components(written) {
      const { p, wide, tracked, keys } = this;
      const functions = [0, ...tracked].flatMap((k) => waves(p, k));
      const many = functions.length;
      const along = new Float64Array(many * many * wide);
      const row = new Float64Array(many * wide);
      for (let a = 0; a < p; a++) {
        row.fill(0);
        for (let b = 0; b < p; b++)
          for (let j = 0; j < many; j++)
            add(row.subarray(j * wide, (j + 1) * wide), written, (a * p + b) * wide, functions[j][b]);
        for (let i = 0; i < many; i++)
          add(along.subarray(i * many * wide, (i + 1) * many * wide), row, 0, functions[i][a]);
      }
      const at = (i, j) => along.subarray((i * many + j) * wide, (i * many + j + 1) * wide);
      const mean = at(0, 0).map((x) => x / p);
      const waved = tracked.map((k, n) => {
        const mine = [0, 2 * n + 1, 2 * n + 2];
        const parts = mine.flatMap((i) => mine.filter((j) => i || j).map((j) => ({ i, j, values: at(i, j) })));
        return { k, key: keys.includes(k), parts };
      });
      return { mean, waved, functions };
    }

    // The logits of a pair when the neurons keep these frequencies, and what is no key frequency or not.
    logits(all, a, b, { keyOn, restOn }, out) {
      const { p, wide, stream } = this;
      const from = (a * p + b) * wide;
      for (let i = 0; i < wide; i++) stream[i] = all.past[from + i] + (restOn ? all.written[from + i] : all.mean[i]);
      for (const { k, key, parts } of all.waved) {
        const sign = (keyOn(k) && (key || restOn)) - restOn; // of what is not there as it should be
        if (sign)
          for (const { i, j, values } of parts) add(stream, values, 0, sign * all.functions[i][a] * all.functions[j][b]);
      }
      return this.unembedded(stream, out);
    }

    // The logits of a stream: itself, or what the norm makes of it, unembedded.
    unembedded(stream, out) {
      const { unembed } = this.t;
      if (!unembed) {
        out.set(stream);
        return out;
      }
      const size = Math.sqrt(dot(stream, stream) / stream.length + 1e-8);
      out.fill(0);
      for (let i = 0; i < stream.length; i++) add(out, unembed.data, i * out.length, stream[i] / size);
      return out;
    }

    // The mean loss over all pairs and that of each, how many are right, and which; `rest` as in `all`.
    async score(all, switches, rest) {
      const { p } = this;
      const right = new Uint8Array(p * p);
      const logits = new Float64Array(p);
      const each = new Float64Array(p * p);
      for (let a = 0; a < p; a++) {
        for (let b = 0; b < p; b++) {
          const answer = (a + b) % p;
          const found = judge(this.logits(all, a, b, switches, logits), answer);
          each[a * p + b] = found.loss;
          right[a * p + b] = found.best === answer;
        }
        if (await rest(a + 1)) return null;
      }
      const loss = each.reduce((sum, one) => sum + one, 0) / p ** 2;
      return { loss, each, count: right.reduce((sum, one) => sum + one, 0), right };
    }
  }

  return { TableNet };
};
