// A linear layer with its loss and gradients in C with 128-bit vectors: the library's chunks, panels and tiles
// (src/linear/, assembly/linear/), as a compiler for the processor itself makes them. It exists to be timed.
//
//   linear N D C file     the file has x, W, b in f32 and the labels in i32
//
// Each line of standard input is answered by one: "logits" and "step" by the milliseconds of a run, "check" by the loss and
// the sums of the gradients' sizes.

#include "../libraries/native/softmax.h"

#include <math.h>
#include <smmintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TILE = 4, WIDTH = 8, CHUNK = 64 };

static int N, D, C, block;
static float *x, *w, *b, *logits, *panels, *weight_panels, *grads, *grad_x, *grad_w, *grad_b;
static int *labels;

static void *room(size_t elements) {
  void *p = aligned_alloc(4096, (elements * 4 + 4095) / 4096 * 4096);
  if (!p) exit(1);
  memset(p, 0, elements * 4);
  return p;
}

static int panels_of(int cols) { return (cols + WIDTH - 1) / WIDTH; }

// b[k, j] = from[k * step + j * across], as panels of 8 columns.
static void pack(const float *from, size_t step, size_t across, int rows, int cols, float *to) {
  for (int j = 0; j < cols; j += WIDTH) {
    const int count = cols - j < WIDTH ? cols - j : WIDTH;
    for (int k = 0; k < rows; k++, to += WIDTH)
      for (int i = 0; i < WIDTH; i++) to[i] = i < count ? from[k * step + (j + i) * across] : 0;
  }
}

// out[i * down + j * right] = (adds ? out : 0) + sum over k of a[i * row + k * step] * panel[k, j], plus bias.
static void multiply(const float *a, size_t row, size_t step, int rows, const float *p, int cols, int depth, float *out,
                     size_t down, size_t right, const float *bias, int is_turned, int adds) {
  const int sweep = is_turned ? WIDTH : cols;
  for (int first = 0; first < cols; first += sweep) {
    const int end = first + sweep < cols ? first + sweep : cols;
    for (int i = 0; i < rows; i += TILE) {
      const int height = rows - i < TILE ? rows - i : TILE;
      const float *a0 = a + i * row, *a1 = height > 1 ? a0 + row : a0, *a2 = height > 2 ? a1 + row : a0,
                  *a3 = height > 3 ? a2 + row : a0;
      for (int j = first; j < end; j += WIDTH) {
        const int count = end - j < WIDTH ? end - j : WIDTH;
        float tile[TILE][WIDTH] __attribute__((aligned(16)));
        const int is_whole = height == TILE && count == WIDTH && !is_turned;
        float *to = out + i * down + j * right;
        if (adds && !is_whole)
          for (int r = 0; r < height; r++)
            for (int c = 0; c < count; c++) tile[r][c] = to[r * down + c * right];
        float *t = is_whole ? to : tile[0];
        const size_t pitch = is_whole ? down : WIDTH;
        __m128 s[TILE][2];
        for (int r = 0; r < TILE; r++)
          for (int h = 0; h < 2; h++) s[r][h] = adds ? _mm_loadu_ps(t + r * pitch + 4 * h) : _mm_setzero_ps();
        const float *at = p + (size_t)(j / WIDTH) * depth * WIDTH;
        size_t k = 0;
        for (int n = 0; n < depth; n++, at += WIDTH, k += step) {
          const __m128 b0 = _mm_loadu_ps(at), b1 = _mm_loadu_ps(at + 4);
          __m128 v = _mm_set1_ps(a0[k]);
          s[0][0] = _mm_add_ps(s[0][0], _mm_mul_ps(v, b0));
          s[0][1] = _mm_add_ps(s[0][1], _mm_mul_ps(v, b1));
          v = _mm_set1_ps(a1[k]);
          s[1][0] = _mm_add_ps(s[1][0], _mm_mul_ps(v, b0));
          s[1][1] = _mm_add_ps(s[1][1], _mm_mul_ps(v, b1));
          v = _mm_set1_ps(a2[k]);
          s[2][0] = _mm_add_ps(s[2][0], _mm_mul_ps(v, b0));
          s[2][1] = _mm_add_ps(s[2][1], _mm_mul_ps(v, b1));
          v = _mm_set1_ps(a3[k]);
          s[3][0] = _mm_add_ps(s[3][0], _mm_mul_ps(v, b0));
          s[3][1] = _mm_add_ps(s[3][1], _mm_mul_ps(v, b1));
        }
        for (int r = 0; r < TILE; r++)
          for (int h = 0; h < 2; h++) _mm_storeu_ps(t + r * pitch + 4 * h, s[r][h]);
        if (is_whole) {
          if (bias)
            for (int r = 0; r < TILE; r++)
              for (int c = 0; c < WIDTH; c++) to[r * down + c] += bias[j + c];
          continue;
        }
        for (int c = 0; c < count; c++)
          for (int r = 0; r < height; r++)
            to[r * down + c * right] = tile[r][c] + (bias ? bias[is_turned ? i + r : j + c] : 0);
      }
    }
  }
}

static void logits_of(int first, int rows, float *out) {
  if (C < CHUNK) {
    multiply(x + (size_t)first * D, D, 1, rows, weight_panels, C, D, out, C, 1, b, 0, 0);
    return;
  }
  pack(x + (size_t)first * D, 1, D, D, rows, panels);
  for (int c = 0; c < C; c += block) {
    const int count = C - c < block ? C - c : block;
    multiply(w + (size_t)c * D, D, 1, count, panels, rows, D, out + c, 1, C, b + c, 1, 0);
  }
}

static void all_logits(void) {
  if (C < CHUNK) pack(w, 1, D, D, C, weight_panels);
  for (int n = 0; n < N; n += CHUNK) logits_of(n, N - n < CHUNK ? N - n : CHUNK, logits + (size_t)n * C);
}

static double step(void) {
  double loss = 0;
  memset(grad_b, 0, C * sizeof(float));
  for (int n = 0; n < N; n += CHUNK) {
    const int rows = N - n < CHUNK ? N - n : CHUNK;
    if (C < CHUNK) pack(w, 1, D, D, C, weight_panels);
    logits_of(n, rows, logits);
    loss += cross_entropy_grad(logits, labels + n, logits, rows, C) * rows / N;
    const float scale = (float)rows / N;
    pack(x + (size_t)n * D, D, 1, rows, D, panels);
    for (int c = 0; c < C; c += block) {
      const int count = C - c < block ? C - c : block;
      for (int r = 0; r < rows; r++)
        for (int i = 0; i < count; i++) grad_b[c + i] += grads[r * count + i] = logits[(size_t)r * C + c + i] * scale;
      pack(w + (size_t)c * D, D, 1, count, D, weight_panels);
      multiply(grads, count, 1, rows, weight_panels, D, count, grad_x + (size_t)n * D, D, 1, 0, 0, c > 0);
      multiply(grads, 1, count, count, panels, D, rows, grad_w + (size_t)c * D, D, 1, 0, 0, n > 0);
    }
  }
  return loss;
}

static double size_of(const float *a, size_t length) {
  double sum = 0;
  for (size_t i = 0; i < length; i++) sum += fabs(a[i]);
  return sum;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 5) return 1;
  N = atoi(argv[1]), D = atoi(argv[2]), C = atoi(argv[3]);
  block = 32768 / D / 8 * 8;
  if (block < 32) block = 32;
  if (block > C) block = C;
  x = room((size_t)N * D), w = room((size_t)C * D), b = room(C + WIDTH), labels = room(N);
  FILE *file = fopen(argv[4], "rb");
  if (!file || fread(x, 4, (size_t)N * D, file) + fread(w, 4, (size_t)C * D, file) + fread(b, 4, C, file) +
                       fread(labels, 4, N, file) != (size_t)N * D + (size_t)C * D + C + N)
    return 1;
  // All of them only where that is asked for: a step has a chunk at a time.
  logits = room((size_t)CHUNK * C);
  panels = room((size_t)CHUNK * (D + WIDTH)), grads = room((size_t)CHUNK * block);
  weight_panels = room((size_t)((block > CHUNK ? block : CHUNK) + WIDTH) * panels_of(D) * WIDTH);
  grad_x = room((size_t)N * D), grad_w = room((size_t)C * D), grad_b = room(C);
  char line[16];
  while (scanf("%15s", line) == 1) {
    if (line[0] == 'l') {
      static int has_all;
      if (!has_all) logits = room((size_t)N * C), has_all = 1;
      const double begin = now();
      all_logits();
      printf("%.9g\n", now() - begin);
    } else if (line[0] == 's') {
      const double begin = now();
      step();
      printf("%.9g\n", now() - begin);
    } else {
      const double loss = step();
      printf("%.9g %.9g %.9g %.9g\n", loss, size_of(grad_x, (size_t)N * D), size_of(grad_w, (size_t)C * D), size_of(grad_b, C));
    }
    fflush(stdout);
  }
  return 0;
}
