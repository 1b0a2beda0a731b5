// Autoencoders on a page (circles/models/vae.py): a surface whose points are decoded under the pointer, and a clock
// hand whose code moves in four latent spaces.
(function () {
  "use strict";

  const DEGREES = 180 / Math.PI;
  const TUBE = 0.45; // the ring's, whose middle has radius 1: circles/papers/rey2020/grids.py

  // x W + b, a row vector by a matrix.
  function affine(x, weight, bias) {
    const out = Float64Array.from(bias.data);
    for (let i = 0; i < x.length; i++) if (x[i] !== 0) window.circlesProducts.add(out, weight.data, i * out.length, x[i]);
    return out;
  }

  // One net's maps by name, such as "decode0"; a page's tables have the net's own name before it, such as "line/".
  class Autoencoder {
    constructor(tables, before = "") {
      this.maps = (way) => {
        const found = [];
        for (let i = 0; `${before}${way}${i}.weight` in tables; i++) found.push(this.map(`${way}${i}`));
        return found;
      };
      this.map = (name) => [tables[`${before}${name}.weight`], tables[`${before}${name}.bias`]];
      [this.encoder, this.decoder] = [this.maps("encode"), this.maps("decode")];
    }

    // Where a picture is encoded, before the projection on the latent space.
    encode(pixels) {
      let h = pixels;
      for (const map of this.encoder) h = affine(h, ...map).map((x) => Math.max(x, 0));
      return affine(h, ...this.map("mu"));
    }

    // The chance of each pixel.
    decode(z) {
      let h = z;
      this.decoder.forEach((map, i) => {
        h = affine(h, ...map);
        if (i < this.decoder.length - 1) h = h.map((x) => Math.max(x, 0));
      });
      return h.map((x) => 1 / (1 + Math.exp(-x)));
    }
  }

  function unpacked({ tables }) {
    return Object.fromEntries(Object.entries(tables).map(([name, x]) => [name, window.circlesProducts.unpack(x)]));
  }

  // The cells of a picture in a square whose lower left corner is (left, low); those with no ink may be left out.
  function cells(pixels, { left = 0, low = 0, edge = 1, least = 0, ...more } = {}) {
    const side = Math.sqrt(pixels.length);
    const step = edge / side;
    return Array.from(pixels, (ink, i) => {
      const [x, y] = [left + step * (i % side), low + edge - step * Math.floor(i / side)];
      return { x, x2: x + step, y, y2: y - step, ink, ...more };
    }).filter(({ ink }) => ink >= least);
  }

  // A sheet over one panel of a chart that hands on what a pointer does there; `at` is in shares of the panel, from its
  // middle to its edge, upwards.
  function sheet({ chart, view }, panel, on) {
    const back = chart.querySelector(`.circles-live:last-of-type g.${panel} path.background`).getBoundingClientRect();
    const mount = view.container().closest(".circles-live");
    const whole = mount.getBoundingClientRect();
    const over = document.createElement("div");
    over.className = "circles-sheet";
    mount.style.position = "relative";
    const px = (x) => `${x}px`;
    Object.assign(over.style, {
      position: "absolute", left: px(back.left - whole.left), top: px(back.top - whole.top), width: px(back.width),
      height: px(back.height), touchAction: "none", cursor: "grab",
    });
    const at = (event) => {
      const { left, top, width, height } = over.getBoundingClientRect();
      return [(2 * (event.clientX - left)) / width - 1, 1 - (2 * (event.clientY - top)) / height];
    };
    let from = null; // where a drag began, and whether it has gone anywhere
    over.addEventListener("pointerdown", (event) => {
      from = { at: at(event), moved: false };
      over.setPointerCapture(event.pointerId);
      on.grab?.(from.at);
    });
    over.addEventListener("pointermove", (event) => {
      const now = at(event);
      if (!from) return event.pointerType === "mouse" && on.hover?.(now);
      from.moved ||= Math.hypot(now[0] - from.at[0], now[1] - from.at[1]) > 0.03;
      if (from.moved) on.drag?.(now, from.at);
    });
    over.addEventListener("pointerup", (event) => {
      if (from && !from.moved) on.tap?.(at(event));
      from = null;
    });
    over.addEventListener("pointercancel", () => (from = null));
    over.addEventListener("pointerleave", () => on.leave?.());
    mount.append(over);
  }

  // A surface in space by its two angles in degrees: where its points lie, what is seen at a place of the drawing, and
  // what the decoder takes. The view from (around, up) sees the point of these angles from straight above it.
  const surfaces = {
    sphere2: {
      size: 1,
      place: (a, b) => [Math.cos(b) * Math.cos(a), Math.cos(b) * Math.sin(a), Math.sin(b)],
      code: (a, b) => surfaces.sphere2.place(a, b),
      angles: ([x, y, z]) => [Math.atan2(y, x), Math.asin(Math.min(Math.max(z, -1), 1))],
      outside: ([x, y, z]) => Math.hypot(x, y, z) - 1,
    },
    flat_torus: {
      size: 1 + TUBE,
      place: (a, b) => {
        const far = 1 + TUBE * Math.cos(b);
        return [far * Math.cos(a), far * Math.sin(a), TUBE * Math.sin(b)];
      },
      code: (a, b) => [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)],
      angles: ([x, y, z]) => [Math.atan2(y, x), Math.atan2(z, Math.hypot(x, y) - 1)],
      outside: ([x, y, z]) => Math.hypot(Math.hypot(x, y) - 1, z) - TUBE,
    },
  };

  // The nearest point of a surface under a place of the drawing, null beside it: as far along the line of sight as
  // nothing of the surface can be nearer, again and again.
  function under(surface, u, v, a, b) {
    for (let depth = surface.size; depth > -surface.size; ) {
      const near = depth * Math.cos(b) - v * Math.sin(b);
      const point = [
        near * Math.cos(a) - u * Math.sin(a), near * Math.sin(a) + u * Math.cos(a), v * Math.cos(b) + depth * Math.sin(b),
      ];
      const left = surface.outside(point);
      if (left < 1e-4) return surface.angles(point);
      depth -= left;
    }
    return null;
  }

  const turn = {
    net: (carried) => Object.assign(new Autoencoder(unpacked(carried)), { surface: surfaces[carried.space] }),
    start({ again, chart, net, of, say, view }) {
      const { surface } = net;
      const reach = 1.05 * surface.size;
      const points = view.data("points");
      let seen = null; // the angles under a pointer that only hovers
      let began = null;
      const facing = () => [of("around") / DEGREES, of("up") / DEGREES];
      const look = (a, b) => {
        const most = surface === surfaces.sphere2 ? 90 : 180;
        const around = ((Math.round(a * DEGREES) % 360) + 360) % 360;
        const up = Math.min(Math.max(Math.round(b * DEGREES), -most), most);
        seen = null;
        for (const [name, value] of [["around", around], ["up", up]]) {
          const slider = chart.parentElement.querySelector(`.circles-controls input[name="${name}"]`);
          slider.value = value;
          slider.dispatchEvent(new Event("input", { bubbles: true }));
        }
      };
      const find = ([x, y]) => under(surface, x * reach, y * reach, ...facing());
      sheet({ chart, view }, "concat_0_group", {
        grab: () => ([began, seen] = [facing(), null]),
        hover: (at) => ((seen = find(at)), again()),
        leave: () => ((seen = null), again()),
        drag: (now, from) => look(began[0] - (now[0] - from[0]) * 1.6, began[1] - (now[1] - from[1]) * 1.6),
        tap: (at) => {
          const found = find(at);
          if (found) look(...found);
        },
      });
      return async () => {
        const [a, b] = seen ?? facing();
        const [x, y, z] = surface.place(a, b);
        const pixels = net.decode(surface.code(a, b));
        view.data("decoded", cells(pixels)).data("mark", [{ x, y, z }]);
        await view.runAsync();
        const away = (one) => Math.hypot(one.x - x, one.y - y, one.z - z);
        const nearest = points.reduce((best, one) => (away(one) < away(best) ? one : best));
        const whole = (angle) => String(Math.round(angle * DEGREES)).replace("-", "\u2212");
        say(`Decoded at ${whole(a)}° around and ${whole(b)}° up. The nearest picture there is a ${nearest.label}.`);
        view.circles = { angles: [a, b], pixels: Array.from(pixels) };
      };
    },
  };

  // The picture of a hand at an angle: circles/papers/rey2020/pictures.py.
  function hand(angle, side = 16) {
    const [tipX, tipY] = [Math.cos(angle), Math.sin(angle)];
    return Float64Array.from({ length: side * side }, (_, i) => {
      const [x, y] = [Math.floor(i / side), i % side].map((n) => -1 + (2 * n) / (side - 1));
      const along = Math.min(Math.max(x * tipX + y * tipY, 0), 0.8);
      return Math.exp(-((x - along * tipX) ** 2 + (y - along * tipY) ** 2) / (2 * 0.25 ** 2));
    });
  }

  const clock = {
    net: (carried) => {
      const tables = unpacked(carried);
      return carried.spaces.map(([name, kind]) => ({ name, kind, net: new Autoencoder(tables, `${name}/`) }));
    },
    start({ chart, net, of, say, view }) {
      const turned = ([x, y]) => {
        const slider = chart.parentElement.querySelector('.circles-controls input[name="hand"]');
        slider.value = ((Math.round(Math.atan2(x, y) * DEGREES) % 360) + 360) % 360; // a clock's: from the top, to the right
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      };
      sheet({ chart, view }, "concat_0_group", { grab: turned, drag: turned });
      return async () => {
        const angle = angleOf(of("hand"));
        const pixels = hand(angle);
        view.data("hand", cells(pixels));
        const said = [];
        view.circles = {};
        net.forEach(({ name, kind, net: one }, i) => {
          let z = one.encode(pixels);
          if (kind === "sphere1") z = z.map((x) => x / Math.hypot(...z));
          const decoded = one.decode(z);
          const missed = decoded.reduce((sum, x, j) => sum + (x - pixels[j]) ** 2, 0);
          const place = kind === "euclidean1" ? { x: of("hand"), y: z[0] } : { x: z[0], y: z[1] };
          view.data(`code${i}`, [place]).data(`decoded${i}`, cells(decoded));
          view.circles[name] = { z: Array.from(z), pixels: Array.from(decoded), missed };
          said.push(`${name} ${Array.from(z, (x) => x.toFixed(2).replace("-", "\u2212")).join(", ")}`);
        });
        await view.runAsync();
        say(`The hand at ${of("hand")}°. Codes: ${said.join("; ")}.`);
      };
    },
  };

  // From a clock's degrees to the picture's angle: rows of a picture go down, and the angle's cosine goes with them.
  function angleOf(degrees) {
    return Math.PI - degrees / DEGREES;
  }

  window.circlesPrograms = { ...window.circlesPrograms, turn, clock };
})();
