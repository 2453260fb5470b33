// A worker of the user's: the library's, and before it, so that it sees each message first, one that dies.

import "./mortal.mjs";
import "./library.worker.mjs";
