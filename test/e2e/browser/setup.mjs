// Tests compare bytes as Node's Buffer, which browsers have not.

import { Buffer } from "buffer/";

globalThis.Buffer = Buffer;
