export const shape = [2, 3];
export const logits = [2, 1, -0.5, 0, 3, 1];
export const labels = [0, 1];
