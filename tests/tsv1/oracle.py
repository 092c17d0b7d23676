"""The group once more, slowly and after RFC 9496 alone: what the fast one must agree with."""

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # A square root of -1.
ZERO = (0, 1, 1, 0)


def negative(x):
    return x % P & 1


def absolute(x):
    return P - x % P if negative(x) else x % P


def ratio_root(u, v):
    """Return whether u/v is a square, and the root of it, or of it times the root of -1."""
    r = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * r * r % P
    turned = check in {-u % P, -u * ROOT % P}
    if turned:
        r = r * ROOT % P
    return check in {u % P, -u % P}, absolute(r)


INVERSE_ROOT = ratio_root(1, (-1 - D) % P)[1]  # 1 / sqrt(a - d)
BEFORE = ratio_root((-D - 1) % P, 1)[1]  # sqrt(a*d - 1), up to its sign.


def decode(raw):
    """Return the point of an encoding; None where there is none."""
    s = int.from_bytes(raw, "little")
    if len(raw) != 32 or s >= P or negative(s):
        return None
    square = s * s % P
    u1, u2 = (1 - square) % P, (1 + square) % P
    v = (-(D * u1 * u1) - u2 * u2) % P
    was_square, root = ratio_root(1, v * u2 * u2 % P)
    x_part, y_part = root * u2 % P, root * root * u2 * v % P
    x = absolute(2 * s * x_part)
    y = u1 * y_part % P
    t = x * y % P
    if not was_square or negative(t) or y == 0:
        return None
    return x, y, 1, t


def encode(point):
    """Return the one encoding of a point and of its seven like."""
    x0, y0, z0, t0 = point
    u1, u2 = (z0 + y0) * (z0 - y0) % P, x0 * y0 % P
    root = ratio_root(1, u1 * u2 * u2 % P)[1]
    part1, part2 = root * u1 % P, root * u2 % P
    inverse = part1 * part2 * t0 % P
    if negative(t0 * inverse):
        x, y, part = y0 * ROOT % P, x0 * ROOT % P, part1 * INVERSE_ROOT % P
    else:
        x, y, part = x0, y0, part2
    if negative(x * inverse):
        y = -y % P
    return absolute(part * (z0 - y)).to_bytes(32, "little")


def add(left, right):
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, point):
    found = ZERO
    while scalar:
        if scalar & 1:
            found = add(found, point)
        point, scalar = add(point, point), scalar >> 1
    return found
