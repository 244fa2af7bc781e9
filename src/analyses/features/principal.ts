/**
 * Principal components of rows: the directions in which they vary most (Pearson 1901; Jolliffe, Principal Component
 * Analysis, 2002, ch. 3). With `X` the centred rows `[n, d]`, the eigenvectors `u` of the Gram matrix `X Xᵀ` (n x n, small
 * where there are fewer rows than features) give the axes `w = Xᵀ u / sqrt(lambda)`, equal to those of the covariance.
 * The leading eigenvectors come from orthogonal iteration with a Rayleigh-Ritz step (Golub and Van Loan 2013, ch. 8.2).
 */
import { createRandom } from '../../core/random';

export interface Principal {
  /** `[d]`, of the rows. */
  readonly mean: Float64Array;
  /** Unit vectors `[d]`, greatest variance first; all zero where the rows do not vary further. */
  readonly axes: readonly Float64Array[];
  /** Share of the rows' variance along each axis, 0 to 1. */
  readonly explained: readonly number[];
}

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** Vectors beside those asked for: eigenvalues that lie close together then do not slow the iteration. */
const spare = 8;
const iterations = 400;
const precision = 1e-11;
const flopsAtOnce = 2e7;

/**
 * @param rows `[n, d]`, row-major
 * @returns `count` axes; each points to where the row that lies farthest along it is positive
 */
export async function principal(
  rows: Float32Array,
  dimensions: number,
  count: number,
  signal: AbortSignal
): Promise<Principal> {
  const n = dimensions === 0 ? 0 : rows.length / dimensions;
  const mean = meanOf(rows, n, dimensions);
  const gram = await gramMatrix(rows, mean, n, signal);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += gram[i * n + i] ?? 0;
  const { values, vectors } = await leadingEigen(gram, n, Math.min(count, n), signal);
  const axes: Float64Array[] = [];
  const explained: number[] = [];
  for (let k = 0; k < count; k++) {
    const axis = new Float64Array(dimensions);
    const lambda = values[k] ?? 0;
    const vector = vectors[k];
    const varies = vector !== undefined && lambda > 1e-12 * trace && lambda > 0;
    if (varies) {
      const sign = signOf(vector);
      for (let i = 0; i < n; i++) {
        const weight = (sign * (vector[i] ?? 0)) / Math.sqrt(lambda);
        for (let j = 0; j < dimensions; j++)
          axis[j] = (axis[j] ?? 0) + weight * ((rows[i * dimensions + j] ?? 0) - (mean[j] ?? 0));
      }
    }
    axes.push(axis);
    explained.push(varies ? lambda / trace : 0);
  }
  return { mean, axes, explained };
}

/** Coordinates of rows `[m, d]` along the axes: `[m]` for each. */
export function project(rows: Float32Array, { mean, axes }: Principal): Float64Array[] {
  const d = mean.length;
  const m = d === 0 ? 0 : rows.length / d;
  return axes.map((axis) =>
    Float64Array.from({ length: m }, (_, row) => {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += ((rows[row * d + j] ?? 0) - (mean[j] ?? 0)) * (axis[j] ?? 0);
      return sum;
    })
  );
}

function meanOf(rows: Float32Array, n: number, d: number): Float64Array {
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j] = (mean[j] ?? 0) + (rows[i * d + j] ?? 0) / n;
  return mean;
}

async function gramMatrix(
  rows: Float32Array,
  mean: Float64Array,
  n: number,
  signal: AbortSignal
): Promise<Float64Array> {
  const d = mean.length;
  const gram = new Float64Array(n * n);
  const centred = Float64Array.from(rows, (value, i) => value - (mean[i % d] ?? 0));
  let flops = 0;
  for (let a = 0; a < n; a++) {
    for (let b = a; b < n; b++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += (centred[a * d + j] ?? 0) * (centred[b * d + j] ?? 0);
      gram[a * n + b] = sum;
      gram[b * n + a] = sum;
    }
    flops += (n - a) * d;
    if (flops > flopsAtOnce) {
      flops = 0;
      await breathe();
      signal.throwIfAborted();
    }
  }
  return gram;
}

function signOf(vector: Float64Array): 1 | -1 {
  let most = 0;
  for (const value of vector) if (Math.abs(value) > Math.abs(most)) most = value;
  return most < 0 ? -1 : 1;
}

interface Eigen {
  /** Greatest first. */
  readonly values: readonly number[];
  /** Unit vectors. */
  readonly vectors: readonly Float64Array[];
}

/** The `wanted` leading eigenpairs of a symmetric, positive semi-definite matrix. */
async function leadingEigen(matrix: Float64Array, n: number, wanted: number, signal: AbortSignal): Promise<Eigen> {
  const random = createRandom(1);
  const block = Math.min(n, wanted + spare);
  let basis = orthonormal(Array.from({ length: block }, () => Float64Array.from({ length: n }, () => random.normal())));
  for (let step = 0; ; step++) {
    const image = basis.map((vector) => times(matrix, n, vector));
    const small = Float64Array.from({ length: block * block }, (_, at) =>
      dot(basis[Math.floor(at / block)], image[at % block])
    );
    const { values, vectors } = jacobi(small, block);
    const combine = (parts: readonly Float64Array[], by: Float64Array) => {
      const sum = new Float64Array(n);
      parts.forEach((part, k) => part.forEach((value, i) => (sum[i] = (sum[i] ?? 0) + value * (by[k] ?? 0))));
      return sum;
    };
    const ritz = vectors.map((by) => combine(basis, by));
    const moved = vectors.map((by) => combine(image, by));
    const gap = Math.max(
      0,
      ...ritz.slice(0, wanted).map((vector, k) => {
        const own = moved[k] ?? vector;
        return Math.hypot(...own.map((value, i) => value - (values[k] ?? 0) * (vector[i] ?? 0)));
      })
    );
    if (gap <= precision * Math.max(values[0] ?? 0, Number.MIN_VALUE) || step >= iterations)
      return { values: values.slice(0, wanted), vectors: ritz.slice(0, wanted) };
    basis = orthonormal(moved);
    if (step % 8 === 7) {
      await breathe();
      signal.throwIfAborted();
    }
  }
}

function times(matrix: Float64Array, n: number, vector: Float64Array): Float64Array {
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (matrix[i * n + j] ?? 0) * (vector[j] ?? 0);
    result[i] = sum;
  }
  return result;
}

function dot(a: Float64Array | undefined, b: Float64Array | undefined): number {
  let sum = 0;
  if (a !== undefined && b !== undefined) for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** Gram and Schmidt, twice for the sake of rounding; what depends on the others becomes zero. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const vector of vectors) {
    const own = Float64Array.from(vector);
    const before = Math.sqrt(dot(own, own));
    for (let round = 0; round < 2; round++)
      for (const other of done) {
        const share = dot(own, other);
        own.forEach((value, i) => (own[i] = value - share * (other[i] ?? 0)));
      }
    const length = Math.sqrt(dot(own, own));
    done.push(
      length > 1e-13 * before && length > 0 ? own.map((value) => value / length) : new Float64Array(own.length)
    );
  }
  return done;
}

/** Jacobi's rotations for a small symmetric matrix `[n, n]`. */
function jacobi(matrix: Float64Array, n: number): Eigen {
  const a = Float64Array.from(matrix);
  const at = (i: number, j: number) => a[i * n + j] ?? 0;
  const vectors = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_x, j) => (i === j ? 1 : 0)));
  const scale = Math.hypot(...a);
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const apq = at(p, q);
        off += apq * apq;
        if (Math.abs(apq) <= 1e-18 * scale) continue;
        const theta = (at(q, q) - at(p, p)) / (2 * apq);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const [kp, kq] = [at(k, p), at(k, q)];
          a[k * n + p] = c * kp - s * kq;
          a[k * n + q] = s * kp + c * kq;
        }
        for (let k = 0; k < n; k++) {
          const [pk, qk] = [at(p, k), at(q, k)];
          a[p * n + k] = c * pk - s * qk;
          a[q * n + k] = s * pk + c * qk;
        }
        const [one, other] = [vectors[p], vectors[q]];
        if (one === undefined || other === undefined) continue;
        for (let k = 0; k < n; k++) {
          const [x, y] = [one[k] ?? 0, other[k] ?? 0];
          one[k] = c * x - s * y;
          other[k] = s * x + c * y;
        }
      }
    if (Math.sqrt(off) <= 1e-16 * scale) break;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => at(j, j) - at(i, i));
  return {
    values: order.map((i) => at(i, i)),
    vectors: order.map((i) => vectors[i] ?? new Float64Array(n))
  };
}
