// A process that times the native kernels whenever it is told to, and waits idle in between.
//
// Standard input: i32 work (0 softmax, 1 loss + gradient), rows, cols; the logits in f32; i32 labels, one a row; then
// commands of 16 bytes, (f64 seconds, i64 repeats), until it ends. Each is answered by two f64: the nanoseconds a run over
// at least that many seconds, in bodies of `repeats` runs, and the loss (0 for softmax). 0 seconds ask for one run and its
// whole output, which follows the answer.

#include "softmax.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int32_t header[3];
static float *x, *out;
static int *labels;

static double run(void) {
  if (header[0]) return cross_entropy_grad(x, labels, out, header[1], header[2]);
  softmax(x, out, header[1], header[2]);
  return 0;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static void *aligned(size_t bytes) {
  // Whole pages, as memory that is shared with nobody.
  void *p = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  if (!p) exit(1);
  return p;
}

static void get(void *to, size_t size, size_t count) {
  if (fread(to, size, count, stdin) != count) exit(1);
}

int main(void) {
  get(header, sizeof(int32_t), 3);
  const size_t rows = (size_t)header[1], elements = rows * (size_t)header[2];
  x = aligned(elements * sizeof(float));
  out = aligned(elements * sizeof(float));
  labels = aligned(rows * sizeof(int));
  get(x, sizeof(float), elements);
  get(labels, sizeof(int), rows);

  struct {
    double seconds;
    int64_t repeats;
  } command;
  while (fread(&command, sizeof command, 1, stdin) == 1) {
    double answer[2] = {0, 0};
    if (command.seconds > 0) {
      const double start = now(), end = start + 1e9 * command.seconds;
      int64_t runs = 0;
      double at = start;
      for (int bodies = 0; at < end || bodies < 3; bodies++, at = now()) {
        for (int64_t i = 0; i < command.repeats; i++, runs++) answer[1] = run();
      }
      answer[0] = (at - start) / (double)runs;
    } else {
      answer[1] = run();
    }
    fwrite(answer, sizeof(double), 2, stdout);
    if (command.seconds <= 0) fwrite(out, sizeof(float), elements, stdout);
    fflush(stdout);
  }
  return 0;
}
