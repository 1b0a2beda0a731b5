"""One suite of laws over all manifolds, float32 and float64: at zero, x = y, the antipode, the period's edge."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from circles.foundations import manifolds
from circles.foundations.errors import ManifoldError
from circles.foundations.manifolds import nearest
from circles.foundations.manifolds.rotations import from_quaternion
from circles.foundations.manifolds.walk import Walk

NAMES = manifolds.NAMES
CLOSED = [name for name in NAMES if not name.startswith("euclidean")]
DTYPES = [torch.float32, torch.float64]
TOLERANCE = {torch.float32: 5e-6, torch.float64: 1e-13}
laws = settings(max_examples=12, deadline=None)
each = given(st.sampled_from(NAMES), st.sampled_from(DTYPES), st.integers(0, 2**31))
each_closed = given(st.sampled_from(CLOSED), st.sampled_from(DTYPES), st.integers(0, 2**31))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(*shape, dtype=torch.float64, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64).to(dtype)


def edges(manifold, dtype):
    """Points where something is not unique or changes sign: 0, axes, antipodes, the edge of a period."""
    m = manifold.ambient
    basis = torch.eye(m, dtype=dtype)
    tiny = torch.finfo(dtype).tiny
    wrapped = torch.zeros(2, m, dtype=dtype)
    wrapped[:, 0], wrapped[:, 1] = -1, torch.tensor([1e-12, -1e-12], dtype=dtype)
    turns = torch.stack([basis[0] * 0, basis[0] * tiny, basis.sum(0), -basis.sum(0), basis.sum(0) * 1e12])
    return torch.cat([basis, -basis, wrapped, turns])


def worst(x, y):
    return float((x - y).abs().max()) if x.numel() else 0.0


@laws
@each
def test_projection_lands_on_the_manifold_and_stays(name, dtype, seed):
    z = manifolds.by_name(name)
    x = torch.cat([noise(9, z.ambient, dtype=dtype, seed=seed), edges(z, dtype)])
    p = z.project(x)
    assert p.dtype == dtype and p.isfinite().all()
    assert z.contains(p, 30 * torch.finfo(dtype).eps).all()
    assert worst(z.project(p), p) < TOLERANCE[dtype] * float(p.abs().max())


@laws
@each_closed
def test_no_point_of_the_manifold_is_nearer_than_the_projection(name, dtype, seed):
    z = manifolds.by_name(name)
    x = 2 * noise(20, z.ambient, dtype=dtype, seed=seed)
    others = z.uniform(500, generator=generator(seed + 1), dtype=dtype)
    near = (x - z.project(x)).norm(dim=-1)
    assert (torch.cdist(x, others).amin(1) >= near - 1e-5).all()


@pytest.mark.parametrize("name", NAMES)
def test_gradient_of_the_projection(name):
    z = manifolds.by_name(name)
    assert torch.autograd.gradcheck(z.project, noise(6, z.ambient, seed=3).requires_grad_())
    on = z.project(noise(6, z.ambient, seed=4)).requires_grad_()  # on SO(3) all singular values agree
    assert torch.autograd.gradcheck(z.project, on)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_gradients_are_finite_where_the_nearest_point_is_not_unique(name, dtype):
    z = manifolds.by_name(name)
    x = edges(z, dtype).requires_grad_()
    (z.project(x) * noise(*x.shape, dtype=dtype)).sum().backward()
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("name", ["so3", "o3"])
@pytest.mark.parametrize("values", [(1, 1, 1), (2, 1, 1), (2, 2, 1), (3, 2, 1), (1, 0.5, 0.4)])
def test_gradient_at_repeated_singular_values(name, values):
    z = manifolds.by_name(name)
    u, v = (from_quaternion(torch.nn.functional.normalize(noise(4, seed=s), dim=0)) for s in (5, 6))
    x = (u @ torch.diag(torch.tensor(values, dtype=torch.float64)) @ v.mT).flatten().requires_grad_()
    assert torch.autograd.gradcheck(z.project, x)
    flipped = (x.detach().unflatten(0, (3, 3)) @ torch.diag(torch.tensor([1.0, 1.0, -1.0]).double())).flatten()
    if name == "o3" or values[1] != values[2]:  # else two rotations are equally near
        assert torch.autograd.gradcheck(z.project, flipped.requires_grad_())


def test_the_gradient_through_singular_vectors_fails_where_ours_does_not():
    x, grad = torch.eye(3, dtype=torch.float64).requires_grad_(), noise(3, 3)
    u, _, vt = torch.linalg.svd(x)
    (library,) = torch.autograd.grad(u @ vt, x, grad)
    ours = nearest.nearest_pullback(torch.eye(3).double(), torch.eye(3).double(), grad)
    assert not library.isfinite().all() and worst(ours, (grad - grad.mT) / 2) < 1e-15


def test_polished_rotations_are_those_of_the_decomposition():
    for dtype in DTYPES:
        z = manifolds.by_name("so3")
        x = z.uniform(200, generator=generator(), dtype=dtype).unflatten(-1, (3, 3))
        x = x + 0.04 * noise(200, 3, 3, dtype=dtype, seed=1)
        polished = nearest._polished(x)
        u, _, vt = torch.linalg.svd(x.double())
        assert polished is not None and worst(polished.double(), u @ vt) < TOLERANCE[dtype]


@pytest.mark.parametrize("name", NAMES)
def test_gradient_of_the_walk(name):
    z = manifolds.by_name(name)
    mu, t = z.project(noise(4, z.ambient, seed=7)), torch.tensor([0.01, 0.02, 0.1, 0.2], dtype=torch.float64)

    def walked(x, t):
        return z.walk(z.project(x), t, 4, generator=generator(8))

    assert torch.autograd.gradcheck(walked, (mu.requires_grad_(), t.requires_grad_()))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "start", "astray"), [
    ("sphere2", (1, 0, 0), (0, 0, 0)),
    ("projective3", (1, 0, 0, 0), (0, 0, 0, 0)),
    ("flat_torus", (1, 0, 0, 1), (1, 0, 0, 0)),
    ("torus", (3.6, 0, 0), (0, 0, 1)),  # on the axis
    ("torus", (3.6, 0, 0), (3, 0, 0)),  # on the circle inside the tube
])  # fmt: skip
@pytest.mark.parametrize("at", [0, 2])
def test_a_step_to_where_several_points_are_nearest_ends_on_the_manifold(name, start, astray, at, dtype):
    z = manifolds.by_name(name)
    mu = torch.tensor(start, dtype=dtype).expand(2, -1).clone().requires_grad_()
    moves = torch.zeros(3, 2, z.ambient, dtype=dtype)
    moves[at, 1] = torch.tensor(astray, dtype=dtype) - mu[1].detach()
    assert not z.contains(z.step((mu + moves[at]).detach())[0]).all()
    end = Walk.apply(mu, torch.ones(2, 1, dtype=dtype), moves, z)
    assert z.contains(end).all() and worst(end[0].detach(), mu[0].detach()) < TOLERANCE[dtype] * 4
    assert worst(end[1].detach(), z.project((mu + moves[at]).detach())[1]) < TOLERANCE[dtype] * 4
    (end * noise(*end.shape, dtype=dtype)).sum().backward()
    assert mu.grad.isfinite().all()


@laws
@each
def test_walk_is_the_walk_written_plainly(name, dtype, seed):
    z = manifolds.by_name(name)
    mu, t = z.project(noise(5, 3, z.ambient, dtype=dtype, seed=seed)), 0.01 + noise(5, 3, dtype=dtype).abs()
    walked = z.walk(mu, t, 6, generator=generator(seed))
    eps = torch.randn(6, *mu.shape, generator=generator(seed), dtype=dtype)
    plain = mu
    for k in range(6):
        plain = z.project(plain + (t / 6).sqrt()[..., None] * eps[k])
    assert worst(walked, plain) < 1e3 * TOLERANCE[dtype] and z.contains(walked).all()


@laws
@each
def test_distance_is_a_metric(name, dtype, seed):
    z = manifolds.by_name(name)
    x, y, w = z.project(noise(3, 7, z.ambient, dtype=dtype, seed=seed)).unbind()
    loose = 1e-2 if name == "torus" else 20 * TOLERANCE[dtype]  # a relaxed path is long by its corners
    assert worst(z.distance(x, x), torch.zeros(7)) < 20 * TOLERANCE[dtype]
    there, back, around = z.distance(x, y), z.distance(y, x), z.distance(x, w) + z.distance(w, y)
    apart = there.isinf()
    assert (there.isinf() == back.isinf()).all() and worst(there[~apart], back[~apart]) < loose
    assert (around >= there - loose).all()
    assert (there >= (x - y).norm(dim=-1) * (0 if "projective" in name else 1 - 1e-3) - loose).all()


@laws
@each
def test_close_points_are_as_far_as_in_space(name, dtype, seed):
    z = manifolds.by_name(name)
    x = z.project(noise(7, z.ambient, dtype=dtype, seed=seed))
    y = z.project(x + 1e-2 * noise(7, z.ambient, dtype=dtype, seed=seed + 1))
    ratio = z.distance(x, y) / (x - y).norm(dim=-1)
    assert worst(ratio, torch.ones(7)) < 2e-3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_distance_has_a_finite_gradient_at_equal_points_and_antipodes(name, dtype):
    z = manifolds.by_name(name)
    x = z.project(noise(5, z.ambient, dtype=dtype))
    for y in (x, z.project(-x)):
        free = x.clone().requires_grad_()
        z.distance(free, y).nan_to_num(posinf=0).sum().backward()
        assert free.grad.isfinite().all()


def test_distance_at_the_antipode_and_over_the_period():
    for dtype in DTYPES:
        small = 100 * torch.finfo(dtype).eps
        for d in (1, 2, 3):
            x = manifolds.by_name(f"sphere{d}").uniform(5, generator=generator(), dtype=dtype)
            far = manifolds.by_name(f"sphere{d}").distance(x, -x)
            assert worst(far, torch.full_like(far, math.pi)) < small
            assert worst(manifolds.by_name(f"projective{d}").distance(x, -x), torch.zeros(5)) < small
        flat = manifolds.by_name("flat_torus")
        edge = torch.tensor([[math.pi - 0.1, 0.0], [math.pi, -math.pi]], dtype=dtype)
        over = torch.tensor([[0.1 - math.pi, 0.0], [0.0, 0.0]], dtype=dtype)
        expected = torch.tensor([0.2, math.pi * math.sqrt(2)], dtype=dtype)
        assert worst(flat.distance(flat.at(edge), flat.at(over)), expected) < 10 * small
        half = torch.diag(torch.tensor([1.0, -1, -1], dtype=dtype)).flatten()
        one = torch.eye(3, dtype=dtype).flatten()
        assert abs(float(manifolds.by_name("so3").distance(one, half)) - math.sqrt(2) * math.pi) < small
        assert manifolds.by_name("o3").distance(one, -one).isinf()


def test_distances_on_the_torus_in_space_along_its_circles():
    z = manifolds.RingTorus()
    pairs = [((0, 0), (0, 3.0), 1.8), ((0, math.pi), (1.0, math.pi), 2.4), ((3.0, 1.0), (3.0, -2.1), 0.6 * 3.1)]
    for a, b, length in pairs:
        x, y = (z.at(torch.tensor(p, dtype=torch.float64)) for p in (a, b))
        assert abs(float(z.distance(x, y)) - length) < 2e-3 * length
    # half around: over the top to the inner circle, not along the outer one of length 3.6 pi
    x, y = z.at(torch.tensor([[0, 0], [math.pi, 0]], dtype=torch.float64))
    assert 2.4 * math.pi < float(z.distance(x, y)) < 2.4 * math.pi + 1.2 * math.pi


def test_distances_on_the_torus_in_space_of_no_points_and_on_the_device_of_the_points():
    z = manifolds.RingTorus()
    assert z.distance(torch.zeros(0, 3), torch.zeros(0, 3)).shape == (0,)
    assert z.distance(torch.zeros(2, 0, 3), torch.zeros(2, 0, 3)).shape == (2, 0)
    x, y = z.uniform(6, generator=generator(), dtype=torch.float64).unflatten(0, (2, 3))
    expected = z.distance(x, y)
    with torch.device("meta"):  # where a tensor made without a device would lie: it fails beside the points
        found = z.distance(x, y)
    assert found.device == x.device and torch.equal(found, expected)


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("dtype", DTYPES)
def test_uniform_points_lie_on_the_manifold_and_move_no_global_state(name, dtype):
    z, before = manifolds.by_name(name), torch.random.get_rng_state()
    x = z.uniform(50, generator=generator(), dtype=dtype)
    assert x.dtype == dtype and z.contains(x).all()
    assert torch.equal(x, z.uniform(50, generator=generator(), dtype=dtype))
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("name", [name for name in CLOSED if name not in ("so3", "o3")])
def test_uniform_points_and_volume_agree_with_a_tube(name):
    """The share of a box within h of Z is vol(Z) * (volume of the normal ball of radius h) / box, to order h^2.

    Volumes are tested by what they say of space, not by the formula they come from.
    """
    z, h = manifolds.by_name(name), 0.05
    if name.startswith("projective"):
        z = manifolds.by_name(f"sphere{z.dim}")
    half = 3.7 if name == "torus" else 1.1
    box = (2 * torch.rand(200_000, z.ambient, generator=generator(), dtype=torch.float64) - 1) * half
    share = float(((box - z.project(box)).norm(dim=-1) < h).double().mean())
    normal = z.ambient - z.dim
    ball = math.pi ** (normal / 2) / math.gamma(normal / 2 + 1) * h**normal
    assert abs(share * (2 * half) ** z.ambient / (math.exp(z.log_volume) * ball) - 1) < 0.05


def test_volume_of_the_rotations_by_their_gram_determinant():
    """vol = int sqrt(det J^T J) over axis-angle coordinates in the ball of radius pi, J by finite differences."""
    w = (torch.arange(200).double() + 0.5) * math.pi / 200
    directions = torch.nn.functional.normalize(noise(3, seed=2), dim=0)

    def rotation(v):
        x, y, s = v.unbind(-1)
        zero = torch.zeros_like(x)
        return torch.linalg.matrix_exp(torch.stack([zero, -s, y, s, zero, -x, -y, x, zero], -1).unflatten(-1, (3, 3)))

    at, step = w[:, None] * directions, 1e-5
    columns = [
        (rotation(at + step * e) - rotation(at - step * e)).flatten(-2) / (2 * step) for e in torch.eye(3).double()
    ]
    j = torch.stack(columns, dim=-1)
    density = torch.linalg.det(j.mT @ j).sqrt() * 4 * math.pi * w**2
    z = manifolds.by_name("so3")
    assert abs(math.log(float(density.sum()) * math.pi / 200) - z.log_volume) < 1e-4
    assert manifolds.by_name("o3").log_volume == pytest.approx(z.log_volume + math.log(2))


@pytest.mark.parametrize("name", [name for name in CLOSED if name != "torus"])
def test_scalar_curvature_by_the_area_of_small_spheres(name):
    """The chance that a uniform point is within r is vol(ball of R^d) r^d (1 - Sc r^2 / (6 (d + 2))) / vol(Z)."""
    z, radius = manifolds.by_name(name), 1.8 if name in ("so3", "o3") else 0.9
    x = z.uniform(1, generator=generator(1), dtype=torch.float64)
    y = z.uniform(200_000, generator=generator(2), dtype=torch.float64)
    inside = float((z.distance(x.expand_as(y), y) < radius).double().mean())
    flat = math.pi ** (z.dim / 2) / math.gamma(z.dim / 2 + 1) * radius**z.dim / math.exp(z.log_volume)
    bent = 1 - float(z.scalar_curvature(x)) * radius**2 / (6 * (z.dim + 2))
    assert abs(inside / flat - bent) < 0.03


def test_curvature_of_the_torus_is_twice_gauss_and_sums_to_zero():
    z = manifolds.RingTorus()
    b = torch.linspace(0, 2 * math.pi, 201, dtype=torch.float64)[:-1]
    x = z.at(torch.stack([torch.zeros_like(b), b], -1))
    rho = 3 + 0.6 * b.cos()
    gauss = 0.6 * b.cos() / 0.36 / rho  # -rho'' / rho along the tube, by arc length
    assert worst(z.scalar_curvature(x), 2 * gauss) < 1e-12
    assert abs(float((z.scalar_curvature(x) * rho).sum())) < 1e-10  # Gauss and Bonnet: a torus has 0 in all
    y = z.uniform(200_000, generator=generator(), dtype=torch.float64)
    assert abs(float(z.scalar_curvature(y).mean())) < 0.01


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_a_time_that_is_no_time(bad):
    z = manifolds.by_name("sphere2")
    mu = z.uniform(2, generator=generator())
    with pytest.raises(ManifoldError, match="the time t is .*expected a positive(, finite)? number"):
        z.walk(mu, torch.tensor([0.1, bad]), generator=generator())


@pytest.mark.parametrize("name", NAMES)
def test_a_point_off_the_manifold_is_named_in_one_line(name):
    z = manifolds.by_name(name)
    off = torch.full((2, z.ambient), math.nan if "euclidean" in name else 0.3)
    for call in (
        lambda: z.distance(off, off),
        lambda: z.scalar_curvature(off),
        lambda: z.walk(off, 0.1, generator=generator()),
    ):
        with pytest.raises(ManifoldError, match=f"is not on {z.name}, expected") as caught:
            call()
        assert "\n" not in str(caught.value)
    with pytest.raises(ManifoldError, match=f"has {z.ambient + 1} coordinates, expected {z.ambient}"):
        z.check(torch.zeros(3, z.ambient + 1))


def test_names():
    for name in NAMES:
        assert manifolds.by_name(name).name.startswith(name)
    assert manifolds.by_name("sphere17").ambient == 18
    for wrong, near in [("sphre2", "sphere2"), ("flattorus", "flat_torus"), ("SO3", "so3"), ("rp2", "known are")]:
        with pytest.raises(ManifoldError, match=near):
            manifolds.by_name(wrong)
    for wrong in ("sphere0", "euclidean", ""):
        with pytest.raises(ManifoldError, match="no manifold"):
            manifolds.by_name(wrong)


def test_what_cannot_be_asked():
    flat = manifolds.by_name("euclidean2")
    with pytest.raises(ManifoldError, match="has no uniform law, expected a closed manifold"):
        flat.uniform(3, generator=generator())
    with pytest.raises(ManifoldError, match="0 steps, expected at least 1"):
        flat.walk(torch.zeros(2), 1.0, 0, generator=generator())
    with pytest.raises(ManifoldError, match="radii 1 and 2, expected big > small > 0"):
        manifolds.RingTorus(1.0, 2.0)
    for make in (manifolds.Sphere, manifolds.Projective, manifolds.FlatTorus, manifolds.Euclidean):
        with pytest.raises(ManifoldError, match="is 0, expected at least 1"):
            make(0)
