// The products that the page's nets are made of: plain loops over typed arrays, in double precision.
// `window.circlesProducts` has what `living.js` and the tests use.
(function () {
  "use strict";

  // A packed array has `shape` and base64 of its numbers, the lowest bit first: `data` has whole numbers of `bits` bits,
  // to be multiplied by `step`, or, of an array with `few` values, which of them each number is; `half` has them in half
  // precision: a sign, 5 bits of exponent, 10 of mantissa.
  function unpack({ shape, step, bits = 24, few, data, half }) {
    const bytes = atob(half ?? data);
    const many = shape.reduce((all, one) => all * one, 1);
    if (half !== undefined) {
      const values = Float64Array.from({ length: many }, (_, i) => {
        const raw = bytes.charCodeAt(2 * i) | (bytes.charCodeAt(2 * i + 1) << 8);
        const [exponent, mantissa] = [(raw >> 10) & 31, raw & 1023];
        const size = exponent ? (1024 + mantissa) * 2 ** (exponent - 25) : mantissa * 2 ** -24;
        return raw >> 15 ? -size : size;
      });
      return { shape, data: values };
    }
    const each = few ? (few.length <= 2 ? 1 : 2) : bits;
    const unused = 32 - each; // to the left of a number's sign
    const values = new Float64Array(many);
    let [held, bitsHeld, at] = [0, 0, 0];
    for (let i = 0; i < many; i++) {
      for (; bitsHeld < each; bitsHeld += 8) held |= bytes.charCodeAt(at++) << bitsHeld;
      values[i] = few ? few[held & (2 ** each - 1)] : ((held << unused) >> unused) * step;
      held >>>= each;
      bitsHeld -= each;
    }
    return { shape, data: values };
  }

  // out += factor * row, where row begins at `from` in `values`.
  function add(out, values, from, factor) {
    for (let i = 0; i < out.length; i++) out[i] += factor * values[from + i];
  }

  // out += the sum of factors[i] * row i of `values`, four rows at a time, those with a factor of zero or less left out.
  function addPositive(out, values, factors) {
    const wide = out.length;
    const rows = [];
    for (let i = 0; i < factors.length; i++) if (factors[i] > 0) rows.push(i);
    let n = 0;
    for (; n + 4 <= rows.length; n += 4) {
      const [i, j, k, l] = [rows[n], rows[n + 1], rows[n + 2], rows[n + 3]];
      const [w, x, y, z] = [factors[i], factors[j], factors[k], factors[l]];
      const [at, bt, ct, dt] = [i * wide, j * wide, k * wide, l * wide];
      for (let c = 0; c < wide; c++)
        out[c] += w * values[at + c] + x * values[bt + c] + y * values[ct + c] + z * values[dt + c];
    }
    for (; n < rows.length; n++) add(out, values, rows[n] * wide, factors[rows[n]]);
  }

  // Columns `from` to `to` of A times the same rows of B.
  function product(A, B, from = 0, to = A.shape[1]) {
    const [rows, across] = [A.shape[0], B.shape[1]];
    const data = new Float64Array(rows * across);
    for (let i = 0; i < rows; i++) {
      const out = data.subarray(i * across, (i + 1) * across);
      for (let j = from; j < to; j++) add(out, B.data, j * across, A.data[i * A.shape[1] + j]);
    }
    return { shape: [rows, across], data };
  }

  // The functions of Z_p that the Fourier basis has at frequency k: unit cosine and sine; the constant for k = 0.
  function waves(p, k) {
    const of = (f) => Float64Array.from({ length: p }, (_, x) => f((2 * Math.PI * ((k * x) % p)) / p) * Math.sqrt(2 / p));
    return k === 0 ? [new Float64Array(p).fill(p ** -0.5)] : [of(Math.cos), of(Math.sin)];
  }

  function dot(x, y, from = 0) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i] * y[from + i];
    return sum;
  }

  // The place of the largest, and minus the log of the share that softmax gives to `answer`: exact where that is tiny.
  function judge(logits, answer) {
    let best = 0;
    let others = 0;
    for (let c = 1; c < logits.length; c++) if (logits[c] > logits[best]) best = c;
    for (let c = 0; c < logits.length; c++) if (c !== answer) others += Math.exp(logits[c] - logits[best]);
    const mine = logits[answer] - logits[best];
    return { best, loss: best === answer ? Math.log1p(others) : Math.log(others + Math.exp(mine)) - mine };
  }

  window.circlesProducts = { unpack, add, addPositive, product, waves, dot, judge };
})();
