// The small GPT-2 that adds (circles/models/decoder.py) from its own weights, all pairs at once: computed only as far as
// the answer needs, in double precision. A function of the products, since scripts come in any order.
window.circlesDecoders = function (products) {
  "use strict";

  const { unpack, add } = products;
  const EPSILON = 1e-5;
  const [FIRST, PLUS, SECOND, EQUALS] = [0, 1, 2, 3];

  // A copy of x with mean 0 and variance 1, times a gain, plus a shift.
  function normed(x, gain, shift) {
    let [mean, square] = [0, 0];
    for (const one of x) mean += one / x.length;
    for (const one of x) square += (one - mean) ** 2 / x.length;
    const size = Math.sqrt(square + EPSILON);
    return x.map((one, i) => ((one - mean) / size) * gain.data[i] + shift.data[i]);
  }

  // x times the columns `from` to `to` of W, plus the bias: four rows at a time.
  function affine(x, W, bias, from = 0, to = bias.data.length) {
    const out = bias.data.slice(from, to);
    const [wide, values] = [bias.data.length, W.data];
    for (let i = 0; i < x.length; i += 4) {
      const [p, q, r, s] = [x[i], x[i + 1] ?? 0, x[i + 2] ?? 0, x[i + 3] ?? 0];
      const at = i * wide + from;
      const [bt, ct, dt] = [i + 1 < x.length ? at + wide : at, i + 2 < x.length ? at + 2 * wide : at, i + 3 < x.length ? at + 3 * wide : at];
      for (let c = 0; c < out.length; c++) out[c] += p * values[at + c] + q * values[bt + c] + r * values[ct + c] + s * values[dt + c];
    }
    return out;
  }

  function gelu(x) {
    return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  }

  class Decoder {
    constructor({ tables }) {
      this.w = Object.fromEntries(Object.entries(tables).map(([name, packed]) => [name, unpack(packed)]));
      [this.numbers, this.width] = this.w.W_E.shape;
      this.p = (this.numbers + 1) / 2; // addends
      this.heads = this.w["0.W_QKV"].shape[2]; // [d, 3, heads, d_head]
      this.layers = Object.keys(this.w).filter((name) => name.endsWith(".W_QKV")).length;
    }

    // The rows of a table of numbers without the waves of these periods N/k; N stands where 0 does.
    without(rows, components) {
      const N = this.numbers - 1;
      const out = rows.slice();
      for (const k of components)
        for (const wave of this.waves(k)) {
          const along = new Float64Array(this.width);
          for (let n = 0; n < N; n++) add(along, rows, n * this.width, wave[n]);
          for (let n = 0; n <= N; n++) add(out.subarray(n * this.width, (n + 1) * this.width), along, 0, -wave[n % N]);
        }
      return out;
    }

    // The unit waves of component k: cosine and sine, the alternating one where they are one.
    waves(k) {
      const N = this.numbers - 1;
      const of = (f) => Float64Array.from({ length: N }, (_, n) => f((2 * Math.PI * ((k * n) % N)) / N));
      if (2 * k === N) return [of(Math.cos).map((x) => x / Math.sqrt(N))];
      return [of(Math.cos), of(Math.sin)].map((wave) => wave.map((x) => x * Math.sqrt(2 / N)));
    }

    // How large each component is in the table, over all dimensions.
    sizes() {
      const N = this.numbers - 1;
      return Array.from({ length: N / 2 }, (_, i) => {
        let square = 0;
        for (const wave of this.waves(i + 1)) {
          const along = new Float64Array(this.width);
          for (let n = 0; n < N; n++) add(along, this.w.W_E.data, n * this.width, wave[n]);
          for (const one of along) square += one * one;
        }
        return Math.sqrt(square);
      });
    }

    qkv(layer, x, from = 0) {
      const w = (name) => this.w[`${layer}.${name}`];
      return affine(normed(x, w("g1"), w("c1")), w("W_QKV"), w("b_QKV"), from * this.width);
    }

    // What the heads read at the last of these positions, from all of them: keys and values stand at the end of each.
    attend(seen) {
      const { heads, width } = this;
      const each = width / heads;
      const last = seen[seen.length - 1];
      const mixed = new Float64Array(width);
      for (let h = 0; h < heads; h++) {
        const scores = seen.map((one) => {
          const keys = one.length - 2 * width + h * each;
          let score = 0;
          for (let i = 0; i < each; i++) score += last[h * each + i] * one[keys + i];
          return score / Math.sqrt(each);
        });
        const top = Math.max(...scores);
        const shares = scores.map((score) => Math.exp(score - top));
        const all = shares.reduce((sum, share) => sum + share, 0);
        const mine = mixed.subarray(h * each, (h + 1) * each);
        seen.forEach((one, n) => add(mine, one, one.length - width + h * each, shares[n] / all));
      }
      return mixed;
    }

    // The rest of a layer at a position: attention's output and the MLP added to x.
    after(layer, x, mixed) {
      const w = (name) => this.w[`${layer}.${name}`];
      const middle = affine(mixed, w("W_O"), w("b_O")).map((one, i) => one + x[i]);
      const hidden = affine(normed(middle, w("g2"), w("c2")), w("W_in"), w("b_in")).map(gelu);
      return affine(hidden, w("W_out"), w("b_out")).map((one, i) => one + middle[i]);
    }

    // What pairs are asked with these rows for the addends: what depends on one token stands here once.
    prepared(rows) {
      const { width, w } = this;
      const token = (table, n, position) =>
        table.slice(n * width, (n + 1) * width).map((one, i) => one + w.W_P.data[position * width + i]);
      const each = (position) => Array.from({ length: this.p }, (_, n) => token(rows, n, position));
      const x = [each(FIRST), token(w.W_S.data, 0, PLUS), each(SECOND), token(w.W_S.data, 1, EQUALS)];
      const read = [x[FIRST].map((one) => this.qkv(0, one)), this.qkv(0, x[PLUS]), x[SECOND].map((one) => this.qkv(0, one)), this.qkv(0, x[EQUALS])];
      const known = new Map(); // of each first addend, keys and values of the later layers at a and +
      const past = (a) => {
        if (!known.has(a)) {
          const kept = [];
          let state = [x[FIRST][a], x[PLUS]];
          for (let layer = 0; layer < this.layers; layer++) {
            const seen = layer ? state.map((one) => this.qkv(layer, one)) : [read[FIRST][a], read[PLUS]];
            kept.push(seen);
            if (layer < this.layers - 1)
              state = state.map((one, n) => this.after(layer, one, this.attend(seen.slice(0, n + 1))));
          }
          known.set(a, kept);
        }
        return known.get(a);
      };
      return { x, read, past };
    }

    // The last state of a pair at =, with the final norm.
    state({ x, read, past }, a, b) {
      const before = past(a);
      let [second, equals] = [x[SECOND][b], x[EQUALS]];
      for (let layer = 0; layer < this.layers; layer++) {
        const last = layer === this.layers - 1;
        const own = layer
          ? [this.qkv(layer, second, last ? 1 : 0), this.qkv(layer, equals)]
          : [read[SECOND][b], read[EQUALS]];
        const seen = [...before[layer], ...own];
        if (!last) second = this.after(layer, second, this.attend(seen.slice(0, 3)));
        equals = this.after(layer, equals, this.attend(seen));
      }
      return normed(equals, this.w.g_f, this.w.c_f);
    }

    // The logits of all numbers from a last state and a table of numbers that is read out.
    logits(state, rows) {
      return Float64Array.from({ length: this.numbers }, (_, n) => {
        let sum = 0;
        for (let i = 0; i < state.length; i++) sum += state[i] * rows[n * state.length + i];
        return sum;
      });
    }
  }

  return { Decoder };
};
