// Before each test file: that it is the kernels with relaxed SIMD which are tested.

import { backend } from "../../src/index.js";

const { variant, reason } = backend();
if (variant !== "relaxed") throw new Error(`expected the kernels with relaxed SIMD, got ${variant}: ${reason}`);
