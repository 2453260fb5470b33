// tryMutant.ts in a worker, which takes no loader from the thread that makes it.

import { register } from "tsx/esm/api";

register();
await import("./tryMutant.ts");
