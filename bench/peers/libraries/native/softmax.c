// Softmax, and loss with gradient, in C with 128-bit vectors: what a compiler for the processor itself makes of the
// textbook's three passes and the library's polynomial (assembly/exp.ts). It exists to be timed.
//
// m = max x,  e_c = e^(x_c - m),  p_c = e_c / sum e
//
// It promises less than the library: x - m is rounded, terms below e^-87 are taken for e^-87, sums are in f32.

#include "softmax.h"

#include <math.h>
#include <smmintrin.h>

// e^x for -87 <= x <= 0: n = round(x log2 e), r = x - n ln 2, e^x = 2^n (1 + r + r^2 q(r)).
static inline __m128 exp_f32x4(__m128 x) {
  const __m128 magic = _mm_set1_ps(12582912.0f + 127.0f);
  x = _mm_max_ps(x, _mm_set1_ps(-87.0f));
  const __m128 z = _mm_add_ps(_mm_mul_ps(x, _mm_set1_ps(0x1.715476p+0f)), magic);
  const __m128 scale = _mm_castsi128_ps(_mm_slli_epi32(_mm_castps_si128(z), 23));
  const __m128 n = _mm_sub_ps(z, magic);
  __m128 r = _mm_sub_ps(x, _mm_mul_ps(n, _mm_set1_ps(0x1.62e4p-1f)));
  r = _mm_sub_ps(r, _mm_mul_ps(n, _mm_set1_ps(0x1.7f7d1cp-20f)));
  const __m128 r2 = _mm_mul_ps(r, r);
  const __m128 c32 = _mm_add_ps(_mm_mul_ps(_mm_set1_ps(0x1.555494p-3f), r), _mm_set1_ps(0x1.fffffcp-2f));
  const __m128 c54 = _mm_add_ps(_mm_mul_ps(_mm_set1_ps(0x1.123856p-7f), r), _mm_set1_ps(0x1.5558bep-5f));
  const __m128 c654 = _mm_add_ps(_mm_mul_ps(r2, _mm_set1_ps(0x1.6a3d08p-10f)), c54);
  const __m128 q = _mm_add_ps(_mm_mul_ps(r2, c654), c32);
  const __m128 p = _mm_add_ps(_mm_mul_ps(r2, q), r);
  return _mm_add_ps(_mm_mul_ps(p, scale), scale);
}

static float exp_f32(float x) { return _mm_cvtss_f32(exp_f32x4(_mm_set1_ps(x))); }

static float max_of(const float *x, int cols) {
  float max = -INFINITY;
  int c = 0;
  if (cols >= 16) {
    __m128 a = _mm_loadu_ps(x), b = a, d = a, e = a;
    for (; c + 16 <= cols; c += 16) {
      a = _mm_max_ps(a, _mm_loadu_ps(x + c));
      b = _mm_max_ps(b, _mm_loadu_ps(x + c + 4));
      d = _mm_max_ps(d, _mm_loadu_ps(x + c + 8));
      e = _mm_max_ps(e, _mm_loadu_ps(x + c + 12));
    }
    a = _mm_max_ps(_mm_max_ps(a, b), _mm_max_ps(d, e));
    a = _mm_max_ps(a, _mm_movehl_ps(a, a));
    max = fmaxf(_mm_cvtss_f32(a), _mm_cvtss_f32(_mm_movehdup_ps(a)));
  }
  for (; c < cols; c++) max = x[c] > max ? x[c] : max;
  return max;
}

// Stores e^(x_c - max) and gives their sum.
static float exp_store(const float *x, float *out, int cols, float max) {
  const __m128 m = _mm_set1_ps(max);
  __m128 a = _mm_setzero_ps(), b = a;
  int c = 0;
  for (; c + 16 <= cols; c += 16) {
    const __m128 e0 = exp_f32x4(_mm_sub_ps(_mm_loadu_ps(x + c), m));
    const __m128 e1 = exp_f32x4(_mm_sub_ps(_mm_loadu_ps(x + c + 4), m));
    const __m128 e2 = exp_f32x4(_mm_sub_ps(_mm_loadu_ps(x + c + 8), m));
    const __m128 e3 = exp_f32x4(_mm_sub_ps(_mm_loadu_ps(x + c + 12), m));
    _mm_storeu_ps(out + c, e0);
    _mm_storeu_ps(out + c + 4, e1);
    _mm_storeu_ps(out + c + 8, e2);
    _mm_storeu_ps(out + c + 12, e3);
    a = _mm_add_ps(a, _mm_add_ps(e0, e1));
    b = _mm_add_ps(b, _mm_add_ps(e2, e3));
  }
  for (; c + 4 <= cols; c += 4) {
    const __m128 e = exp_f32x4(_mm_sub_ps(_mm_loadu_ps(x + c), m));
    _mm_storeu_ps(out + c, e);
    a = _mm_add_ps(a, e);
  }
  a = _mm_add_ps(a, b);
  a = _mm_add_ps(a, _mm_movehl_ps(a, a));
  float sum = _mm_cvtss_f32(a) + _mm_cvtss_f32(_mm_movehdup_ps(a));
  for (; c < cols; c++) sum += out[c] = exp_f32(x[c] - max);
  return sum;
}

static void scale(float *out, int cols, float factor) {
  const __m128 f = _mm_set1_ps(factor);
  int c = 0;
  for (; c + 16 <= cols; c += 16) {
    _mm_storeu_ps(out + c, _mm_mul_ps(_mm_loadu_ps(out + c), f));
    _mm_storeu_ps(out + c + 4, _mm_mul_ps(_mm_loadu_ps(out + c + 4), f));
    _mm_storeu_ps(out + c + 8, _mm_mul_ps(_mm_loadu_ps(out + c + 8), f));
    _mm_storeu_ps(out + c + 12, _mm_mul_ps(_mm_loadu_ps(out + c + 12), f));
  }
  for (; c < cols; c++) out[c] *= factor;
}

void softmax(const float *x, float *out, int rows, int cols) {
  for (int row = 0; row < rows; row++, x += cols, out += cols) {
    const float sum = exp_store(x, out, cols, max_of(x, cols));
    scale(out, cols, 1.0f / sum);
  }
}

double cross_entropy_grad(const float *x, const int *labels, float *grad, int rows, int cols) {
  const float each = 1.0f / (float)rows;
  double loss = 0;
  for (int row = 0; row < rows; row++, x += cols, grad += cols) {
    const float max = max_of(x, cols);
    const float labelled = x[labels[row]];
    const float sum = exp_store(x, grad, cols, max);
    scale(grad, cols, each / sum);
    grad[labels[row]] -= each;
    loss += log(sum) + max - labelled;
  }
  return loss / rows;
}
