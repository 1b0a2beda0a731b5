"""Heat against other ways to it: sums over images, an integral, characters, the heat equation itself, sampled walks."""

import math
from decimal import Decimal, localcontext

import pytest
import torch
from scipy.integrate import quad

from circles.foundations import heat, manifolds
from circles.foundations.errors import ManifoldError
from circles.foundations.heat import zonal
from circles.foundations.heat.radial import Radial, quadrature
from circles.foundations.heat.ring import kl_uniform_ring
from circles.foundations.heat.short_time import Mean

TIMES = [math.exp(-6), 0.1, 1.0, 4.0]
RADIAL = ["sphere1", "sphere2", "sphere3", "sphere5", "projective2", "projective3", "so3"]
WALKS = ["sphere1", "sphere2", "sphere3", "sphere4", "projective2", "flat_torus", "so3"]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def at(*values):
    return torch.tensor(values, dtype=torch.float64)


def density(name, r, t):
    space = heat.radial(manifolds.by_name(name))
    return space.relative(r, torch.full_like(r, t)) / math.exp(space.log_volume)


def angles(t):
    return torch.linspace(0, min(math.pi, 5 * math.sqrt(t)), 41, dtype=torch.float64)


@pytest.mark.parametrize("t", TIMES)
def test_circle_by_images(t):
    r = angles(t)
    images = sum((-((r + 2 * math.pi * k) ** 2) / (2 * t)).exp() for k in range(-9, 10)) / math.sqrt(2 * math.pi * t)
    assert float((density("sphere1", r, t) - images).abs().max()) < 1e-12 * float(images[0])


@pytest.mark.parametrize("t", TIMES)
def test_three_sphere_by_images(t):
    """Poisson's sum turns the series into images, exp(t/2) (2 pi t)^(-3/2) sum (r + 2 pi k) / sin r exp(...)."""
    r = angles(t)[1:-1]
    images = sum((r + 2 * math.pi * k) * (-((r + 2 * math.pi * k) ** 2) / (2 * t)).exp() for k in range(-9, 10))
    images = images / r.sin() * math.exp(t / 2) / (2 * math.pi * t) ** 1.5
    assert float((density("sphere3", r, t) - images).abs().max()) < 1e-11 * float(images.max())


@pytest.mark.parametrize("t", TIMES)
def test_sphere_by_an_integral(t):
    """McKean's form for S^2: sqrt(2) e^(t/8) (2 pi t)^(-3/2) int_r^pi of images over sqrt(cos r - cos f)."""
    for r in (0.3 * math.sqrt(t), 2 * math.sqrt(t)):
        if r > 3:
            continue

        def along(u, r=r):  # f = r + u^2 removes the root's singularity
            f = r + u * u
            images = sum(
                (-1) ** n * (f + 2 * math.pi * n) * math.exp(-((f + 2 * math.pi * n) ** 2) / (2 * t))
                for n in range(-6, 7)
            )
            gap = 2 * math.sin((f + r) / 2) * math.sin((f - r) / 2)
            return 2 * u * images / math.sqrt(gap) if gap > 0 else 0.0

        end = min(math.sqrt(math.pi - r), math.sqrt(12 * math.sqrt(t)))
        found = quad(along, 0, end, limit=400, epsabs=0, epsrel=1e-11)[0]
        found *= math.sqrt(2) * math.exp(t / 8) / (2 * math.pi * t) ** 1.5
        assert float(density("sphere2", at(r), t)) == pytest.approx(found, rel=1e-8)


@pytest.mark.parametrize("t", TIMES)
def test_rotations_by_characters(t):
    """(1 / vol) sum_j (2j + 1) chi_j(w) exp(-j (j + 1) t / 4), chi_j(w) = 1 + 2 cos w + ... + 2 cos jw."""
    w = torch.linspace(0.01, math.pi - 0.01, 31, dtype=torch.float64)
    chi, total = torch.ones_like(w), torch.ones_like(w)
    for j in range(1, 700):
        chi = chi + 2 * (j * w).cos()
        total = total + (2 * j + 1) * chi * math.exp(-j * (j + 1) * t / 4)
    expected = total / (16 * math.sqrt(2) * math.pi**2)
    found = density("so3", math.sqrt(2) * w, t)
    assert float((found - expected).abs().max()) < 1e-11 * float(expected.max())


@pytest.mark.parametrize("name", RADIAL)
def test_heat_equation(name):
    """dp/dt = (1/2) (p'' + (A' / A) p'), with A(r) the area at distance r."""
    space = heat.radial(manifolds.by_name(name))
    r, t, h = torch.linspace(0.3, 1.2, 7, dtype=torch.float64), 0.4, 1e-3
    by_time = (density(name, r, t + h) - density(name, r, t - h)) / (2 * h)
    p = {k: density(name, r + k * h, t) for k in (-1, 0, 1)}
    spread = (space.area(r + h) / space.area(r - h)).log() / (2 * h)
    by_place = (p[1] - 2 * p[0] + p[-1]) / h**2 + spread * (p[1] - p[-1]) / (2 * h)
    assert float((by_time - by_place / 2).abs().max()) < 1e-4 * float(p[0].max())


@pytest.mark.parametrize("name", RADIAL)
@pytest.mark.parametrize("t", TIMES)
def test_mass_is_one(name, t):
    space = heat.radial(manifolds.by_name(name))
    r, weights = quadrature(space, math.sqrt(t))
    assert float((weights * space.area(r) * density(name, r, t)).sum()) == pytest.approx(1, abs=1e-11)


@pytest.mark.parametrize("d", [1, 2, 3, 7])
@pytest.mark.parametrize("t", [1e-3, 0.1, 2.0])
def test_the_rest_of_the_series_is_below_its_bound(d, t):
    last = zonal.degrees(d, t, 1e-6)
    full = [zonal.harmonics(k, d) * math.exp(-k * (k + d - 1) * t / 2) for k in range(6 * last + 40)]
    rest, bound = sum(full[last + 1 :]), zonal.rest_bound(last, d, t)
    assert rest <= bound * (1 + 1e-12) and bound <= 1e-6
    assert zonal.rest_bound(last - 1, d, t) > 1e-6 or last == 1  # no more terms than needed


def test_harmonics_are_counted():
    assert [zonal.harmonics(k, 1) for k in range(4)] == [1, 2, 2, 2]
    assert [zonal.harmonics(k, 2) for k in range(4)] == [1, 3, 5, 7]
    assert [zonal.harmonics(k, 3) for k in range(4)] == [1, 4, 9, 16]
    assert [zonal.harmonics(k, 4) for k in range(4)] == [1, 5, 14, 30]


@pytest.mark.parametrize("name", [n for n in manifolds.NAMES if n != "torus"])
def test_log_kernel_is_symmetric_and_its_mean_is_the_divergence(name):
    z = manifolds.by_name(name)
    start = torch.zeros(1, z.ambient, dtype=torch.float64)
    mu = z.project(start + 0.3).expand(2_000, -1)
    t = torch.full((2_000,), 0.2, dtype=torch.float64)
    y = z.walk(mu, t, 40, generator=generator())
    log_p = heat.log_kernel(z, mu, y, t)
    assert log_p.isfinite().all()
    assert torch.allclose(log_p[:50], heat.log_kernel(z, y[:50], mu[:50], t[:50]), atol=1e-9)
    if not name.startswith("euclidean"):
        found = float(log_p.mean()) + z.log_volume
        assert found == pytest.approx(float(heat.kl_uniform(z, t[:1])[0]), abs=4 * float(log_p.std()) / 44 + 6e-3)


def test_log_kernel_far_out_and_in_float32():
    z = manifolds.by_name("sphere2")
    t, r = 1e-3, at(0.1, 0.19, 0.21, 0.5, 1.0, 2.0)
    y = torch.stack([r.cos(), r.sin(), 0 * r], -1)
    x = torch.tensor([1.0, 0, 0], dtype=torch.float64).expand_as(y)
    found = heat.log_kernel(z, x, y, t)
    lead = -math.log(2 * math.pi * t) - r**2 / (2 * t) + (r / r.sin()).log() / 2
    assert float((found - lead).abs().max()) < t  # the next factor is 1 + t u(r)
    single = heat.log_kernel(z, x[:3].float(), y[:3].float(), t)
    assert single.dtype == torch.float32 and torch.allclose(single.double(), found[:3], atol=1e-3)
    assert heat.log_kernel(manifolds.by_name("o3"), torch.eye(3).flatten(), -torch.eye(3).flatten(), 0.1) == -math.inf


FARTHEST = ["sphere1", "sphere2", "sphere3", "projective2", "so3", "o3", "flat_torus"]


def apart(name, r, dtype=torch.float64):
    """Two points at the angle r (on a flat torus, in each of its circles), the first a batch of one."""
    z = manifolds.by_name(name)
    turned = torch.tensor([[math.cos(r), math.sin(r)]], dtype=dtype)
    if name == "flat_torus":
        return z, z.at(torch.zeros(1, 2, dtype=dtype)), turned.repeat(1, 2)
    if name in ("so3", "o3"):
        c, s = turned[0].tolist()
        return z, torch.eye(3, dtype=dtype).reshape(1, 9), torch.tensor([[c, -s, 0, s, c, 0, 0, 0, 1]], dtype=dtype)
    rest = torch.zeros(1, z.ambient - 2, dtype=dtype)
    return z, torch.eye(z.ambient, dtype=dtype)[:1], torch.cat([turned, rest], -1)


def log_p(name, r, t):
    return float(heat.log_kernel(*apart(name, r), t))


def log_series(d, r, t, folded=False):
    """log p on S^d or RP^d by the series in 150 digits, of which t = 0.02 cancels 107."""
    with localcontext() as context:
        context.prec = 150
        angle, time = Decimal(r), Decimal(t)
        x, term = Decimal(0), Decimal(1)
        for k in range(1, 200, 2):  # cos r by Taylor's series
            x, term = x + term, -term * angle * angle / (k * (k + 1))
        before, now, total = Decimal(1), x, Decimal(1)
        for k in range(1, 210):
            count = Decimal((2 * k + d - 1) * math.comb(k + d - 2, d - 1)) / k
            if not (folded and k % 2):
                total += count * (-k * (k + d - 1) * time / 2).exp() * now
            before, now = now, ((2 * k + d - 1) * x * now - k * before) / (k + d - 1)
        volume = {2: 4 * math.pi, 4: 8 * math.pi**2 / 3, 5: math.pi**3}[d] / (2 if folded else 1)
        return float(total.ln()) - math.log(volume)


@pytest.mark.parametrize("r", [2.9, 3.1, 3.14, math.pi])
def test_log_kernel_at_the_antipode_of_the_two_sphere(r):
    for t in (0.02, 0.1, 0.2, 0.24):
        assert log_p("sphere2", r, t) == pytest.approx(log_series(2, r, t), abs=0.0015 * t**2)
    for t in (0.25, 0.3):  # the series in float64
        assert log_p("sphere2", r, t) == pytest.approx(log_series(2, r, t), abs=1e-6)
    slope = (log_series(2, r, 0.2 + 1e-5) - log_series(2, r, 0.2 - 1e-5)) / 2e-5
    t = at(0.2).requires_grad_()
    heat.log_kernel(*apart("sphere2", r), t).backward()
    assert float(t.grad) == pytest.approx(slope, abs=1e-3)


@pytest.mark.parametrize("name, d, error", [("sphere4", 4, 0.007), ("sphere5", 5, 0.04)])
def test_log_kernel_at_the_antipode_of_larger_spheres(name, d, error):
    for r in (2.9, 3.14, math.pi):
        for t in (0.05, 0.2):
            assert log_p(name, r, t) == pytest.approx(log_series(d, r, t), abs=error * t**2)


def test_log_kernel_at_the_farthest_points_of_the_projective_plane():
    for r in (1.5, math.pi / 2):
        for t in (0.02, 0.04, r**2 / 40.1, r**2 / 39.9, 0.07):
            assert log_p("projective2", r, t) == pytest.approx(log_series(2, r, t, folded=True), abs=2e-5)


@pytest.mark.parametrize("t", [0.01, 0.1, 0.24, 0.25])
def test_log_kernel_by_images(t):
    """On S^1, flat tori, S^3 and RP^3 every image is a Gaussian; on S^3 the two nearest meet at the antipode."""
    for r in (2.9, 3.1, 3.14, math.pi):
        back = math.exp(-2 * math.pi * (math.pi - r) / t)  # the path around the back over the shortest
        circle = -math.log(2 * math.pi * t) / 2 - r**2 / (2 * t) + math.log1p(back)
        assert log_p("sphere1", r, t) == pytest.approx(circle, abs=1e-6)
        assert log_p("flat_torus", r, t) == pytest.approx(2 * circle, abs=1e-6)
        both = (r - (2 * math.pi - r) * back) / math.sin(r) if r < math.pi else 2 * (math.pi**2 / t - 1)
        sphere = -1.5 * math.log(2 * math.pi * t) + t / 2 - r**2 / (2 * t) + math.log(both)
        assert log_p("sphere3", r, t) == pytest.approx(sphere, abs=1e-6)
    for w in (2.8, 3.1, math.pi):  # the angle of the rotation, twice that on S^3, where the time is t / 8
        small, r = t / 8, w / 2
        sphere = -1.5 * math.log(2 * math.pi * t) + small / 2 - r**2 / (2 * small) - math.log(math.sin(r))
        around = (math.pi - r) * math.exp(-math.pi * (math.pi - 2 * r) / (2 * small))
        assert log_p("so3", w, t) == pytest.approx(sphere + math.log(r + around), abs=1e-6)


@pytest.mark.parametrize("name", [*RADIAL, "sphere4"])
def test_the_two_branches_meet(name):
    space = heat.radial(manifolds.by_name(name))
    t = torch.logspace(-3, 0, 30, dtype=torch.float64) * space.reach**2 / 40
    r = (40 * t).sqrt()
    jump = (space.relative(r, t).log() - space.log_volume - space.log_near(r, t)).abs()
    error = {"sphere2": 0.0015, "projective2": 0.0015, "sphere4": 0.007, "sphere5": 0.04}.get(name, 0)
    assert (jump < error * (t / space.scale**2) ** 2 + 1e-6).all()  # the series has about half its digits left


@pytest.mark.parametrize("name", FARTHEST)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_log_kernel_has_finite_gradients_at_the_farthest_points(name, dtype):
    end = math.pi / 2 if name == "projective2" else math.pi
    for below in (0.0, 1e-12, 1e-6, 1e-3, 0.05):
        for t in (0.01, 0.05, 0.24, 0.25, 1.0, 30.0):
            z, x, y = apart(name, end - below, dtype)
            x, y, t = x.requires_grad_(), y.requires_grad_(), torch.tensor([t], dtype=dtype, requires_grad=True)
            found = heat.log_kernel(z, x, y, t)
            found.sum().backward()
            assert found.dtype == dtype and found.isfinite().all()
            assert all(part.grad.isfinite().all() for part in (x, y, t))


def test_heat_is_level_at_the_antipode():
    """Along a circle and on S^3, where the form is exact, the slope in r falls to 0 in proportion to pi - r."""
    for d in (1, 3):
        r = (math.pi - at(1e-4, 1e-6, 1e-9, 0)).requires_grad_()
        Radial(d).log_near(r, torch.full_like(r, 0.2)).sum().backward()
        assert (r.grad.abs() <= 300 * (math.pi - r.detach()) + 1e-9).all()


def test_mean_over_directions():
    """m_1 and m_3 are elementary and m_2 is a function of torch; both ways to compute it, and beyond them."""
    z = at(0.0, 1e-9, 0.3, 5.0, 49.9, 50.1, 900.0, 1e6, 1e11).requires_grad_()
    some = z.detach()
    three = torch.where(some > 0, -torch.expm1(-2 * some) / (2 * some.clamp_min(1e-300)), 1.0)
    for d, expected in ((1, (1 + (-2 * some).exp()) / 2), (2, torch.special.i0e(some)), (3, three)):
        assert torch.allclose(Mean.apply(some, d), expected, rtol=1e-8, atol=0)
    for d in (1, 2, 5):
        assert torch.autograd.gradcheck(lambda z, d=d: Mean.apply(z, d), z)
        assert torch.autograd.gradgradcheck(lambda z, d=d: Mean.apply(z, d), z[:5].detach().requires_grad_())
    assert Mean.apply(z[:0], 2).shape == (0,)


@pytest.mark.parametrize("name", FARTHEST)
def test_log_kernel_of_no_points(name):
    z = manifolds.by_name(name)
    none = torch.zeros(0, z.ambient)
    assert heat.log_kernel(z, none, none, 0.1).shape == (0,)


@pytest.mark.parametrize("name", RADIAL + ["flat_torus", "o3"])
def test_divergence(name):
    z = manifolds.by_name(name)
    times = at(*TIMES)
    found = heat.kl_uniform(z, times)
    assert (found.diff() < 0).all() and (found > 0).all()  # heat forgets where it started
    if name in RADIAL:  # twice the nodes, elsewhere
        space = heat.radial(z)
        for t, kl in zip(TIMES[:3], found, strict=False):
            r, weights = quadrature(space, math.sqrt(t) * 0.9, nodes=800)
            p = space.relative(r, torch.full_like(r, t)).clamp_min(1e-300)
            again = float((weights * space.area(r) * p * p.log()).sum()) / math.exp(space.log_volume)
            assert float(kl) == pytest.approx(again, abs=1e-9)


@pytest.mark.parametrize("name", RADIAL + ["flat_torus", "o3"])
def test_expansion_has_the_coefficient_a_quarter(name):
    z, t = manifolds.by_name(name), at(4e-3, 8e-3)
    x = z.uniform(2, generator=generator(), dtype=torch.float64)
    error = heat.kl_uniform(z, t) - heat.kl_expansion(z, x, t)
    assert float(error.abs().max()) < 2e-5 * (1 + float(z.scalar_curvature(x)[0]) ** 2)  # of order t^2
    wrong = heat.kl_uniform(z, t) - heat.kl_expansion(z, x, t, coefficient=(z.dim + 4) / 24)
    if z.dim > 2:
        assert float(wrong[1] / wrong[0]) == pytest.approx(2, abs=0.02)  # of order t


def test_expansion_is_differentiable():
    z = manifolds.by_name("torus")
    x = z.uniform(3, generator=generator(), dtype=torch.float64).requires_grad_()
    t = at(0.01, 0.02, 0.03).requires_grad_()
    assert torch.autograd.gradcheck(lambda t: heat.kl_expansion(z, x.detach(), t), t, fast_mode=True)
    heat.kl_expansion(z, z.project(x), t).sum().backward()
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("name", WALKS)
@pytest.mark.parametrize("steps", [1, 3])
def test_law_of_the_walk_by_sampling(name, steps):
    """The means of G_1, G_2, G_3 over walks, in their standard errors; heat's own differ by many."""
    z, n, t = manifolds.by_name(name), 30_000, 0.12 if name == "so3" else 0.5
    law = heat.walk_law(z, t, steps)
    mu = z.project(torch.full((1, z.ambient), 0.3, dtype=torch.float64)).expand(n, -1)
    walked = z.walk(mu, t, steps, generator=generator(3))
    if name == "flat_torus":
        cos = (z.angles(walked) - z.angles(mu))[:, 0].cos()
    elif name == "so3":
        cos = (z.distance(mu, walked) / math.sqrt(2) / 2).cos()
    else:
        cos = (mu * walked).sum(-1)
    degrees = (2, 4) if law.space.folded else (1, 2, 3)
    values = dict(zip(range(5), zonal.polynomials(cos, law.space.d), strict=False))
    for k in degrees:
        error = float(values[k].std()) / math.sqrt(n)
        assert abs(float(values[k].mean() - law.means[k])) < 4.5 * error
    if steps == 1 and name != "sphere3":
        k = degrees[0]
        assert abs(float(values[k].mean() - law.heat_means[k])) > 5 * float(values[k].std()) / math.sqrt(n)


@pytest.mark.parametrize(
    "name, excess", [("sphere1", 1), ("sphere2", 0.5), ("sphere3", 0), ("sphere4", -0.5), ("so3", 0.625)]
)
def test_the_walk_is_ahead_of_heat_by_a_share_of_t_over_steps(name, excess):
    z = manifolds.by_name(name)
    for t, steps in ((0.02, 10), (0.02, 40)):
        assert (heat.walk_law(z, t, steps).time_ratio - 1) * steps / t == pytest.approx(excess, abs=0.02)
    few, many = (heat.walk_law(z, 0.05, n).total_variation for n in (60, 120))
    assert few / many == pytest.approx(4 if excess == 0 else 2, rel=0.05)


def test_a_walk_of_many_steps_is_heat():
    for name in ("sphere2", "flat_torus", "so3"):
        law = heat.walk_law(manifolds.by_name(name), 0.1, 3000)
        assert law.total_variation < 1e-4
        assert law.kl == pytest.approx(float(heat.kl_uniform(manifolds.by_name(name), at(0.1))[0]), abs=2e-4)


def test_bad_input_is_named_in_one_line():
    sphere, torus, torus3 = (manifolds.by_name(n) for n in ("sphere2", "torus", "flat_torus3"))
    x = torch.tensor([1.0, 0, 0])
    cases = [
        (lambda: heat.log_kernel(sphere, x, x, 0.0), "the time t is 0, expected a positive number"),
        (lambda: heat.log_kernel(sphere, x, 2 * x, 0.1), "is not on sphere2, expected"),
        (lambda: heat.kl_expansion(sphere, 2 * x, 0.1), "is not on sphere2, expected"),
        (lambda: heat.kl_uniform(sphere, at(0.1, -1)), "the time t is -1, expected a positive number"),
        (lambda: heat.kl_uniform(sphere, at(1e-9)), "the time t is 1e-09, expected one for which"),
        (lambda: heat.kl_uniform(torus, at(0.1)), "no function of distance, expected a sphere"),
        (lambda: heat.log_kernel(torus, x, x, 0.1), "no closed form"),
        (lambda: heat.kl_expansion(manifolds.by_name("euclidean2"), torch.zeros(2), 0.1), "no uniform law"),
        (lambda: heat.walk_law(sphere, -0.1, 10), "t = -0.1 and 10 steps, expected t > 0"),
        (lambda: heat.walk_law(sphere, 0.1, 0), "0 steps, expected t > 0 and at least 1"),
        (lambda: heat.walk_law(manifolds.by_name("so3"), 4.0, 2), "expected at most 0.35"),
        (lambda: heat.walk_law(torus3, 0.1), "3 circles, expected at most 2"),
    ]
    for call, message in cases:
        with pytest.raises(ManifoldError, match=message) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_radial_spaces():
    assert Radial(3, folded=True, scale=2 * math.sqrt(2)) == heat.radial(manifolds.by_name("so3"))
    for name in ("sphere1", "sphere2", "projective3", "so3"):
        z = manifolds.by_name(name)
        assert heat.radial(z).log_volume == pytest.approx(z.log_volume)


def test_heat_on_the_torus_in_space():
    """The expansion holds to order t^2 from every start; at its end heat has forgotten where it began."""
    z, times = manifolds.RingTorus(), at(0.02, 0.04)
    b, found = kl_uniform_ring(z, times, places=3)
    x = z.at(torch.stack([torch.zeros_like(b), b], -1))
    error = torch.stack([(kl - heat.kl_expansion(z, x, float(t))) / t**2 for t, kl in zip(times, found, strict=True)])
    assert float(error.abs().max()) < 0.5 and float((error[0] - error[1]).abs().max()) < 0.02
    assert float(kl_uniform_ring(z, at(60.0), places=2)[1].max()) < 1e-2
    with pytest.raises(ManifoldError, match="the time t is 0, expected a positive number"):
        kl_uniform_ring(z, at(0.0))


@pytest.mark.parametrize("name", ["sphere1", "sphere2", "sphere3", "projective2", "flat_torus", "so3"])
@pytest.mark.parametrize("t", [1e-12, 1e-9, 1e-7, 9e-7])
def test_every_positive_time_has_a_density_and_a_small_one_is_the_flat_spaces(name, t):
    """At r = sqrt(t) curvature changes the log of the density by the order of t."""
    space = manifolds.by_name(name)
    x = space.uniform(5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    other = space.uniform(5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    y = space.project(x + 0.5 * t**0.5 * (other - x))
    found, r = heat.log_kernel(space, x, y, t), space.distance(x, y)
    flat = -space.dim / 2 * math.log(2 * math.pi * t) - r**2 / (2 * t)
    assert (found - flat).abs().max() < 10 * t + 1e-4
    assert heat.log_kernel(space, x.float(), x.float(), t).isfinite().all()
