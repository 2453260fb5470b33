// x holds `rows` adjacent rows of `cols` logits; `out` and `grad` are of the same shape. labels: one a row, below cols.

void softmax(const float *x, float *out, int rows, int cols);

// The mean loss. grad = (softmax(x) - onehot(labels)) / rows.
double cross_entropy_grad(const float *x, const int *labels, float *grad, int rows, int cols);
